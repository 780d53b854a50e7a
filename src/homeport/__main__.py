"""``homeport``: the cheap answers first, then the command line."""

import sys


def main() -> None:
    """Run the command in ``sys.argv`` and exit with its code."""
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


if __name__ == "__main__":
    main()
