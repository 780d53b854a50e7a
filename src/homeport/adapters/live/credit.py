"""How much the pod's side of a connection may send ahead: little at first, more for one that flows, bounded in sum."""

from typing import Final

from homeport.wire import helper as wire

_MOST: Final = 1 << 20
"""Bytes that one connection may have under way at most."""
_ALL: Final = 32 << 20
"""Bytes that all connections of a link may have under way beyond what each one begins with."""


class Budget:
    """What all connections of a link have been granted together."""

    def __init__(self) -> None:
        self.granted = 0


class Window:
    """What one connection may have under way."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._size = wire.CREDIT
        self._used = 0

    def used(self, count: int) -> int:
        """Note that bytes have left; return how many more may come, 0 while a word about it would not be worth a frame."""
        self._used += count
        if self._used < self._size // 4:
            return 0
        growth = min(self._size, _MOST - self._size, max(0, _ALL - self._budget.granted))
        self._budget.granted += growth
        self._size += growth
        more, self._used = self._used + growth, 0
        return more

    def close(self) -> None:
        """Give back what was granted."""
        self._budget.granted -= self._size - wire.CREDIT
        self._size = wire.CREDIT
