"""Waiting for facts: by looking again and again, with a limit and a sentence about what never came."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Never(Exception):
    """What was waited for did not come."""


def until(look: Callable[[], T | None], otherwise: str, limit: float = 30.0, pause: float = 0.01) -> T:
    """Return the first answer of ``look`` that is neither None nor false. Raises Never with ``otherwise``."""
    deadline = time.monotonic() + limit
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Never(f"{otherwise} (waited {limit:g} s)")
        time.sleep(pause)
