"""Following a running house's logs: the lines come from disk, so that a slow reader costs no memory."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from homeport.logs.cursor import Cursor
from homeport.logs.order import sorted_lines
from homeport.logs.segments import folder_of
from homeport.logs.tip import Place
from homeport.model.lines import LogLine, is_meant

_SHARE = 64 * 1024
"""About so many bytes of a service are taken in one turn: who writes without end holds nobody up for long."""
_AGAIN = 0.5
"""Seconds until a log that could not be opened is tried again."""
_GLIMPSE = 8 * 1024
"""About so many bytes are shown of what a service wrote that was skipped through: a screenful or two."""
_REST = 0.25
"""Seconds until a service that was skipped through is looked at again: nobody can read faster."""


class Skimming(Struct, frozen=True):
    """How to read as people do: who is more than ``lag`` bytes ahead is skipped through.

    ``written`` tells how far a service is on disk.
    """

    lag: int
    written: Callable[[str], Place]


class Follower:
    """Yields batches of new lines, for one reader. Born and used on an event loop; ``wake`` may come from any thread."""

    def __init__(self, root: Path, services: Sequence[str] | None, skimming: Skimming | None = None) -> None:
        self._root = root
        self._wanted = None if services is None else frozenset(services)
        self._skimming = skimming
        self._cursors: dict[str, Cursor] = {}
        self._changed: dict[str, None] = {}
        self._resting: set[str] = set()
        self._left_out: dict[str, int] = {}
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._news = asyncio.Event()

    def add(self, service: str, place: Place) -> None:
        """Begin to follow a service at ``place``, when it is wanted."""
        if (self._wanted is None or is_meant(service, self._wanted)) and service not in self._cursors:
            self._cursors[service] = Cursor(folder_of(self._root, service), service, place)

    def wake(self, service: str) -> None:
        """Tell that a service wrote something."""
        if service not in self._cursors:
            return
        self._changed[service] = None
        if service in self._resting:
            return  # the end of its rest wakes us
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
        taken: list[list[LogLine]] = []
        for service in tuple(self._changed):
            if service in self._resting:
                continue
            self._changed.pop(service, None)
            try:
                lines = self._lines_of(service)
            except OSError:
                # Too many files are open just now, say: what was written stays there, and is taken later.
                self._changed[service] = None
                self._loop.call_later(_AGAIN, self._news.set)
                continue
            if lines:
                # There may be more; an empty answer takes it off the list.
                self._changed[service] = None
                taken.append(lines)
        return tuple(sorted_lines(taken))

    def _lines_of(self, service: str) -> list[LogLine]:
        cursor = self._cursors[service]
        passed = 0
        if self._skimming is not None:
            end = self._skimming.written(service)
            passed = cursor.skip(end, _GLIMPSE) if cursor.behind(end) > self._skimming.lag else 0
        if passed:
            self._left_out[service] = self._left_out.get(service, 0) + passed
            self._resting.add(service)
            self._loop.call_later(_REST, self._rested, service)
        lines = cursor.take(_GLIMPSE if passed else _SHARE)
        if lines and service in self._left_out:
            lines.insert(0, _note_before(lines[0], self._left_out.pop(service)))
        return lines

    def _rested(self, service: str) -> None:
        self._resting.discard(service)
        self._changed[service] = None
        self._news.set()


def _note_before(line: LogLine, left_out: int) -> LogLine:
    said = f"{left_out:,} lines not shown; `homeport logs {line.service}` has them all"
    return LogLine(line.service, line.number - 1, line.at, "note", said, "info", line.run)
