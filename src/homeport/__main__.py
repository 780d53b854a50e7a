"""``homeport``: the cheap answers first, then the command line."""

import os
import sys


def main() -> None:
    """Run the command in ``sys.argv`` and exit with its code."""
    _have_streams()
    try:
        _main(sys.argv[1:])
    except KeyboardInterrupt:  # before, between or after what handles it better
        sys.exit(130)


def _main(words: list[str]) -> None:
    if words in (["version"], ["--version"]):
        from homeport.cli.release import VERSION

        print(f"homeport {VERSION}")
        return
    if words[:1] == ["status"]:
        from homeport.cli.quick import status

        code = status(words[1:])
        if code is not None:
            sys.exit(code)
    from homeport.cli.main import run

    sys.exit(run(words))


def _have_streams() -> None:
    """Let a stream that was closed (``>&-``) lead nowhere: without, Python has none, and its number goes to another file."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - as long as the process
            os.set_inheritable(nowhere.fileno(), True)
            setattr(sys, name, nowhere)


if __name__ == "__main__":
    main()
