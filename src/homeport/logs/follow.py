"""Following a running house's logs: the lines come from disk, so that a slow reader costs no memory."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

from homeport.logs.cursor import Cursor
from homeport.logs.segments import folder_of
from homeport.logs.tip import Place
from homeport.model.lines import LogLine

_SHARE = 64 * 1024
"""About so many bytes of a service are taken in one turn: who writes without end holds nobody up for long."""


_AGAIN = 0.5
"""Seconds until a log that could not be opened is tried again."""


class Follower:
    """Yields batches of new lines, for one reader. Born and used on an event loop; ``wake`` may come from any thread."""

    def __init__(self, root: Path, services: Sequence[str] | None) -> None:
        self._root = root
        self._wanted = None if services is None else frozenset(services)
        self._cursors: dict[str, Cursor] = {}
        self._changed: dict[str, None] = {}
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._news = asyncio.Event()

    def add(self, service: str, place: Place) -> None:
        """Begin to follow a service at ``place``, when it is wanted."""
        if (self._wanted is None or service in self._wanted) and service not in self._cursors:
            self._cursors[service] = Cursor(folder_of(self._root, service), service, place)

    def wake(self, service: str) -> None:
        """Tell that a service wrote something."""
        if service not in self._cursors:
            return
        self._changed[service] = None
        if threading.get_ident() == self._thread:
            self._news.set()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def __aiter__(self) -> "Follower":
        return self

    async def __anext__(self) -> tuple[LogLine, ...]:
        while True:
            lines = self._take()
            if lines:
                return lines
            await self._news.wait()

    def _take(self) -> tuple[LogLine, ...]:
        """Take a share of every service that wrote: a loud one does not delay the others."""
        self._news.clear()
        lines: list[LogLine] = []
        for service in tuple(self._changed):
            self._changed.pop(service, None)
            try:
                taken = self._cursors[service].take(_SHARE)
            except OSError:
                # Too many files are open just now, say: what was written stays there, and is taken later.
                self._changed[service] = None
                self._loop.call_later(_AGAIN, self._news.set)
                continue
            if taken:
                # There may be more; an empty answer takes it off the list.
                self._changed[service] = None
                lines.extend(taken)
        lines.sort(key=lambda line: line.at)
        return tuple(lines)
