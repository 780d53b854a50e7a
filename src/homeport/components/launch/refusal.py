"""How a launcher ends when it cannot go on: one sentence on stderr and an exit code, never a traceback."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

WRONG = 78
"""A setting or a file is wrong; another try changes nothing."""
BUSY = 75
"""Another process uses the data folder."""
FAILED = 70
"""A step of the preparation failed; what it printed stands above the sentence."""


class Refusal(Exception):
    """The sentence that tells why the server is not started, and the exit code that goes with it."""

    def __init__(self, sentence: str, code: int = WRONG) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def guard(main: Callable[[], None]) -> NoReturn:
    """Run ``main``, which should exec a server; translate every expected ending into an exit code."""
    # Both stop signals unwind the stack, so that a preparation that is cut short removes what it has begun.
    signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGTERM, _end)
    try:
        main()
    except Refusal as refusal:
        print(f"homeport: {refusal.sentence}", file=sys.stderr)
        raise SystemExit(refusal.code) from None
    except OSError as error:
        where = f" '{os.fsdecode(error.filename)}'" if error.filename is not None else ""
        print(f"homeport: the system refused{where}: {error.strerror or error}", file=sys.stderr)
        raise SystemExit(FAILED) from None
    raise SystemExit(FAILED)
