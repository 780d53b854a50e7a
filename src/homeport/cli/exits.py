"""The exit codes, all of them. docs/reference/exit-codes.md is checked against this table."""

OK = 0
FAILED = 1
REFUSED = 2
OUTSIDE = 3
NOT_RUNNING = 4
TIMED_OUT = 5
BUG = 70
HUNG_UP = 129
INTERRUPTED = 130
TERMINATED = 143

TABLE = {
    OK: "done; for `ci`, `wait` and `up -d`: everything is as asked",
    FAILED: "a service, task or build of the stack failed; the verdict of `ci` is bad; `doctor` found something wrong",
    REFUSED: "wrong use or a wrong stack file: an unknown name, flag or option, a mistake in the file",
    OUTSIDE: "something outside said no to Homeport itself: a folder that cannot be written, a house that does not answer",
    NOT_RUNNING: "nothing runs here, and the command needs a running house",
    TIMED_OUT: "a time limit passed first",
    BUG: "a mistake of Homeport itself; please report it",
    HUNG_UP: "ended because the terminal went away (SIGHUP)",
    INTERRUPTED: "ended by Ctrl-C (SIGINT)",
    TERMINATED: "ended by SIGTERM",
}
"""What each code means. `exec`, and `ci` with a command, pass that command's own code through."""
