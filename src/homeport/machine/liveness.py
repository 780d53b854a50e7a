"""Whether a process that was noted down still lives: its number alone may belong to another one by now."""

import math
import os
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_LOOK = 0.01
"""Seconds between two looks at who has ended."""


def birth_of(pid: int) -> str | None:
    """Return a mark that no other process with this number will have, or None when there is no such process.

    On Linux it is made of the boot and the ticks since then, which no change of the clock moves.
    """
    return _linux_birth(pid) if _BOOT.exists() else portable_birth(pid)


def _linux_birth(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat[stat.rindex(b")") + 2 :].split()
    return None if fields[0] in (b"Z", b"X") else f"{_boot()}/{fields[19].decode()}"


@cache
def _boot() -> str:
    return _BOOT.read_text("ascii").strip()


def portable_birth(pid: int) -> str | None:
    """Return the mark as it is made where there is no ``/proc``."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def is_alive(pid: int, birth: str) -> bool:
    """Whether the process that had this number and birth still lives."""
    return birth_of(pid) == birth


def await_ends(known: Iterable[tuple[int, str]], seconds: float = math.inf) -> list[tuple[int, str]]:
    """Wait (blocking) until processes, each known by number and birth, have ended, but not for longer; return who has not.

    A zombie has ended: the init of a container may take seconds to collect it, or never do.
    """
    until = time.monotonic() + seconds
    left = list(known)
    while (left := [one for one in left if is_alive(*one)]) and time.monotonic() < until:
        time.sleep(_LOOK)
    return left


def own_birth() -> str:
    """Return the mark of this process."""
    return birth_of(os.getpid()) or ""
