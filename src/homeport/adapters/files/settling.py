"""When a burst of saves is over: 10 ms without news, at most 1 s, and never while git holds its index lock."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Final

from homeport.model.errors import HomeportError
from homeport.ports.watcher import Settled

QUIET: Final = 0.010
LONGEST: Final = 1.0


class Settling:
    """Collects matches by callbacks and hands them on as settled bursts; what nobody fetched yet is merged."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        self._loop = asyncio.get_running_loop()
        self._busy = busy
        self._open: dict[str, set[str]] = {}
        self._ready: dict[str, set[str]] = {}
        self._overflow = self._ready_overflow = self._stirred = False
        self._hint = ""
        self._first = self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._news: asyncio.Future[None] | None = None
        self._failure: HomeportError | None = None

    def add(self, path: str, names: Iterable[str]) -> None:
        """Take note of one changed path for the rules ``names``."""
        empty = True
        for name in names:
            empty = False
            self._open.setdefault(name, set()).add(path)
        if not empty:
            self._touch()

    def overflow(self, names: Iterable[str], hint: str = "") -> None:
        """Take note that events were lost: every rule may have changed. ``hint`` says what makes that rarer."""
        self._overflow, self._hint = True, hint
        for name in names:
            self._open.setdefault(name, set())
        self._touch()

    def stir(self) -> None:
        """Have ``changes`` yield, even if it is a burst without matches."""
        self._stirred = True
        self._wake()

    def fail(self, failure: HomeportError) -> None:
        """End the watch with an error, which ``changes`` raises."""
        self._failure = failure
        self._wake()

    def close(self) -> None:
        """Drop what is not settled."""
        if self._timer is not None:
            self._timer.cancel()

    async def changes(self) -> AsyncIterator[Settled]:
        """Yield settled bursts for ever."""
        while True:
            while not self._ready and not self._stirred and self._failure is None:
                self._news = self._loop.create_future()
                await self._news
            if self._failure is not None:
                raise self._failure
            yield self._take()

    def _take(self) -> Settled:
        ready, lost = self._ready, self._ready_overflow
        self._ready, self._ready_overflow, self._stirred = {}, False, False
        matches = {name: () if lost else tuple(sorted(ready[name])) for name in sorted(ready)}
        return Settled(matches, lost, self._hint if lost else "")

    def _touch(self) -> None:
        self._last = self._loop.time()
        if self._timer is None:
            self._first = self._last
            self._timer = self._loop.call_at(self._last + QUIET, self._look)

    def _look(self) -> None:
        """Hand on the burst when it is over, else look again at the next instant at which it could be."""
        now = self._loop.time()
        end = min(self._last + QUIET, self._first + LONGEST)
        if now + 1e-6 < end:
            self._timer = self._loop.call_at(end, self._look)
        elif self._busy():
            self._timer = self._loop.call_at(now + QUIET, self._look)
        else:
            self._timer = None
            for name, paths in self._open.items():
                self._ready.setdefault(name, set()).update(paths)
            self._ready_overflow |= self._overflow
            self._open, self._overflow = {}, False
            self._wake()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
