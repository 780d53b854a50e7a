"""A ledger that can be looked at."""

import asyncio
from collections.abc import Callable

from homeport.ports.containers import Promise


class FakeLedger:
    """Keeps in ``living`` the signals of who began and has not ended, by process id; ``guardian`` is the last one.

    ``promises``: the containers that are to be removed, by name.
    """

    def __init__(self) -> None:
        self.living: dict[int, int] = {}
        self.promises: dict[str, Promise] = {}
        self.guardian: int | None = None
        self._news = asyncio.Event()

    def guarded(self, pid: int) -> None:
        """Note the guardian."""
        self.guardian = pid
        self._news.set()

    def began(self, pid: int, stop: int) -> None:
        """Note a started command."""
        self.living[pid] = stop
        self._news.set()

    def ended(self, pid: int) -> None:
        """Note that nothing is left of a command."""
        self.living.pop(pid, None)
        self._news.set()

    def all_ended(self) -> None:
        """Note that no process is left of anything."""
        self.living.clear()
        self._news.set()

    def promised(self, promise: Promise) -> None:
        """Note a container that is to be removed."""
        self.promises[promise.name] = promise
        self._news.set()

    def released(self, name: str) -> None:
        """Note that a container is removed."""
        self.promises.pop(name, None)
        self._news.set()

    async def until(self, holds: Callable[["FakeLedger"], bool]) -> None:
        """Wait until something holds of what is noted."""
        while not holds(self):
            self._news.clear()
            await self._news.wait()
