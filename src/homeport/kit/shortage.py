"""What the system has no more of, told by an errno: as a reason and a next step."""

import errno
from typing import Final, NamedTuple


class Shortage(NamedTuple):
    """``reason`` is a clause that can follow a colon, ``hint`` what a person can do about it."""

    reason: str
    hint: str


_BY_ERRNO: Final = {
    errno.EAGAIN: Shortage("no more processes can be started", "close some programs, or raise the limit (`ulimit -u`)"),
    errno.EMFILE: Shortage("too many files are open", "raise the limit of open files (`ulimit -n`)"),
    errno.ENFILE: Shortage("too many files are open on this machine", "close some programs"),
    errno.ENOMEM: Shortage("there is not enough memory", "close some programs"),
}

_NO_THREAD: Final = ("can't start new thread", "unable to start watchdog thread")
"""What Python says when the system gives it no thread."""


def of_errno(number: int | None) -> Shortage | None:
    """Return what ran short when a process or a descriptor was asked for, or None when it is something else."""
    return _BY_ERRNO.get(number) if number is not None else None


def of_error(error: BaseException) -> Shortage | None:
    """Return the same for an exception from anywhere: a thread that cannot start has no errno, and EAGAIN says little."""
    if isinstance(error, OSError) and error.errno != errno.EAGAIN:
        return of_errno(error.errno)
    if isinstance(error, MemoryError):
        return of_errno(errno.ENOMEM)
    if isinstance(error, RuntimeError) and str(error) in _NO_THREAD:
        return of_errno(errno.EAGAIN)
    return None
