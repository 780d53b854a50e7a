"""A log book in memory: same manners as the one on disk, no limits, no masking."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Literal

from homeport.model.errors import RefusedError
from homeport.model.lines import LogLine, is_meant
from homeport.model.parts import Keep
from homeport.ports.logbook import KEEP
from homeport.ports.runtime import Stream


class FakeLogBook:
    """Keeps every line in ``lines``, in the order of writing, every pen in ``pens``, what is to be kept in ``kept``.

    ``wall`` gives the time of lines (default: 0, 1, 2 …).
    """

    def __init__(self, wall: Callable[[], float] | None = None) -> None:
        self.lines: list[LogLine] = []
        self.pens: list[FakeWriter] = []
        self.kept: dict[str, Keep] = {}
        self.lags: list[int | None] = []
        self._wall = wall
        self._numbers: dict[str, int] = {}
        self._followers: list[FakeFollower] = []

    def writer(self, service: str, *, run: int, keep: Keep = KEEP) -> "FakeWriter":
        """Open the pen of a run."""
        self.kept[service] = keep
        pen = FakeWriter(self, service, run)
        self.pens.append(pen)
        return pen

    def close(self) -> None:
        """Close every pen that is open."""
        for pen in self.pens:
            pen.close()

    def tail(self, services: Sequence[str], count: int) -> tuple[LogLine, ...]:
        """Return the last ``count`` lines of the services together."""
        wanted = sorted((line for line in self.lines if is_meant(line.service, services)), key=lambda line: line.at)
        return tuple(wanted[-count:]) if count > 0 else ()

    def follow(
        self, services: Sequence[str] | None = None, *, lag: int | None = None
    ) -> AsyncIterator[tuple[LogLine, ...]]:
        """Yield batches of new lines; nobody is ever ``lag`` bytes ahead. ``lags`` keeps what was asked."""
        self.lags.append(lag)
        follower = FakeFollower(None if services is None else frozenset(services))
        self._followers.append(follower)
        return follower

    def add(self, service: str, run: int, stream: Literal["out", "err", "note"], text: str) -> None:
        """Write a whole line."""
        number = self._numbers[service] = self._numbers.get(service, 0) + 1
        at = float(len(self.lines)) if self._wall is None else self._wall()
        line = LogLine(service, number, at, stream, text, run=run)
        self.lines.append(line)
        for follower in self._followers:
            follower.put(line)


class FakeFollower:
    """Holds new lines until they are taken."""

    def __init__(self, wanted: frozenset[str] | None) -> None:
        self._wanted = wanted
        self._lines: list[LogLine] = []
        self._news = asyncio.Event()

    def put(self, line: LogLine) -> None:
        """Take a new line, when it is wanted."""
        if self._wanted is None or is_meant(line.service, self._wanted):
            self._lines.append(line)
            self._news.set()

    def __aiter__(self) -> "FakeFollower":
        return self

    async def __anext__(self) -> tuple[LogLine, ...]:
        await self._news.wait()
        self._news.clear()
        lines, self._lines = tuple(self._lines), []
        return lines


class FakeWriter:
    """The pen of one run; ``closed`` tells whether it was given back."""

    def __init__(self, book: FakeLogBook, service: str, run: int) -> None:
        self._book = book
        self._service = service
        self._run = run
        self._half: dict[Stream, bytes] = {"out": b"", "err": b""}
        self._texts: list[str] = []
        self._told: list[str] = []
        self._news = asyncio.Event()
        self.closed = False

    def feed(self, stream: Stream, data: bytes) -> None:
        """Take a chunk of output."""
        *whole, half = (self._half[stream] + data).split(b"\n")
        self._half[stream] = half
        for row in whole:
            self._add(stream, _settle(row))
        self._wake()

    def note(self, text: str) -> None:
        """Write a line of Homeport's own."""
        for row in text.rstrip("\n").split("\n"):
            self._told.append(row)
            self._book.add(self._service, self._run, "note", row)

    async def wait_for(self, pattern: str) -> str:
        """Wait for a line of this run that matches; return it."""
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise RefusedError(f'the log pattern "{pattern}" is no regular expression: {error}') from error
        while True:
            for text in (*self._texts, *self._unfinished()):
                if compiled.search(text):
                    return text
            await self._news.wait()

    def tail(self, count: int) -> tuple[str, ...]:
        """Return this run's last lines, the unfinished one included."""
        return (*self._told, *self._unfinished())[-count:] if count > 0 else ()

    def close(self) -> None:
        """Finish."""
        for stream, half in self._half.items():
            if half:
                self._add(stream, _settle(half))
        self._half = {"out": b"", "err": b""}
        self.closed = True
        self._wake()

    def _add(self, stream: Stream, text: str) -> None:
        self._texts.append(text)
        self._told.append(text)
        self._book.add(self._service, self._run, stream, text)

    def _unfinished(self) -> list[str]:
        return [_settle(half) for half in self._half.values() if half]

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def _settle(row: bytes) -> str:
    """Return a line as a terminal leaves it."""
    return row.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace")
