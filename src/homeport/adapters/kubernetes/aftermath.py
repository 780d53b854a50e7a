"""Whether a command in a container is over, which a cluster does not tell while it waits for somebody to read the input."""

from collections.abc import Iterator
from typing import Final

LOOK: Final = ("sh", "-c", "cat /proc/uptime /proc/[0-9]*/stat 2>/dev/null; exit 0")
"""The command whose output ``is_over`` reads."""
_TICKS: Final = 100
"""Of /proc in a second, on every Linux that runs containers."""
_SLACK: Final = 2.0
"""Seconds by which a command may seem older than the connection to it."""
_OURS: Final = 1.0
"""Age in seconds below which a process is the look itself."""


def is_over(seen: bytes, elapsed: float) -> bool | None:
    """Return whether the command that was begun ``elapsed`` seconds ago is over, by what ``LOOK`` wrote; None for unknown.

    One that began a moment ago looks like the look itself. What is run in a container from outside has no parent there,
    whatever it becomes by exec; older ones are others'.
    """
    if elapsed < _OURS:
        return None
    head, _, rest = seen.partition(b"\n")
    try:
        uptime = float(head.split()[0])
        ages = [uptime - began for began in _entered(rest)]
    except (IndexError, ValueError):
        return None
    if not any(age < _OURS for age in ages):
        return None  # parents are told in another way here
    return not any(_OURS <= age <= elapsed + _SLACK for age in ages)


def _entered(stats: bytes) -> Iterator[float]:
    """Yield when processes without a parent began, in seconds of uptime, except the first one."""
    for line in stats.splitlines():
        number, _, told = line.partition(b" ")
        words = told.rpartition(b")")[2].split()  # a name may have spaces and brackets
        if int(words[1]) == 0 and int(number) != 1:
            yield int(words[19]) / _TICKS
