"""Processes that a part of this program started by itself and waits for: nobody else may collect their endings.

All others that the kernel lists as our children were left to us by somebody who died.
"""

from collections.abc import Iterator
from contextlib import contextmanager

_waited_for: set[int] = set()


@contextmanager
def waiting_for(pid: int) -> Iterator[None]:
    """Say that a child has somebody who waits for it, until that is done. To be entered before the loop goes on."""
    _waited_for.add(pid)
    try:
        yield
    finally:
        _waited_for.discard(pid)


def has_waiter(pid: int) -> bool:
    """Whether somebody waits for a child."""
    return pid in _waited_for
