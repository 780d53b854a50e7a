"""The log book of a running house, on disk."""

import weakref
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from homeport.kit.masking import NOTHING, Mask
from homeport.logs.ageing import forget, remember_age
from homeport.logs.cursor import Cursor
from homeport.logs.follow import Follower, Skimming
from homeport.logs.lines import LETTERS, prefix, tag_in, tag_of, text_of
from homeport.logs.naming import names, next_letters
from homeport.logs.pen import Pen
from homeport.logs.reader import LogReader
from homeport.logs.segments import folder_of
from homeport.logs.shelf import Shelf
from homeport.logs.tip import Limits, Place
from homeport.model.lines import LogLine, is_meant
from homeport.model.parts import Keep
from homeport.ports.logbook import KEEP

AGEING = 3600.0
"""Seconds between two looks for what became too old."""


class DiskLogBook:
    """Keeps the logs of one instance below ``root``; see ``LogBook``. Only one house writes there at a time.

    ``wall`` gives seconds since the epoch. ``mask`` hides secrets before anything is written. ``limits`` tells how much
    a service keeps whose writer was not told. ``say(service, sentence)`` hears, once each, when the disk refuses and when
    it takes again.
    """

    def __init__(
        self,
        root: Path,
        *,
        wall: Callable[[], float],
        mask: Mask = NOTHING,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        say: Callable[[str, str], None] | None = None,
    ) -> None:
        self._root = root
        self._wall = wall
        self._mask = mask
        self._limits = limits
        self._say = say
        self._shelves: dict[str, Shelf] = {}
        self._troubled: set[str] = set()
        self._pens: dict[str, dict[str, Pen]] = {}
        self._kept: dict[str, Keep] = {}
        self._letters: dict[str, str] = {}
        self._age_at = 0.0
        # Replaced whole, never changed, because notes may come from other threads.
        self._followers: tuple[weakref.ref[Follower], ...] = ()
        self.reader = LogReader(root)

    def writer(self, service: str, *, run: int, keep: Keep = KEEP) -> Pen:
        """Open the pen of a run."""
        shelf = self._shelf(service)
        self._age()
        if keep != self._kept.get(service, KEEP):
            self._kept[service] = keep
            shelf.limit(self._limits_of(service))
            remember_age(folder_of(self._root, service), keep.age)
        start = shelf.place()
        pens = self._pens.setdefault(service, {})
        # Every house counts its runs from 1: letters keep runs with the same number apart, over all of a log.
        if service not in self._letters:
            self._letters[service] = next_letters(self.reader.last_pen(service))
        name = next(name for name in names(run, self._letters[service]) if name not in pens)
        for follower in self._listening():
            follower.add(service, start)
        pen = Pen(
            name,
            mask=self._mask,
            wall=self._wall,
            append=lambda block, lines: self._append(service, block, lines),
            past=lambda: self._past(service, start, name),
            closed=lambda pen: self._close_pen(service, pen),
        )
        pens[name] = pen
        return pen

    def tail(self, services: Sequence[str], count: int) -> tuple[LogLine, ...]:
        """Return the last ``count`` lines of the services together, in the order of their time."""
        for log, shelf in self._shelves.items():
            if is_meant(log, services):
                shelf.flush()
        return self.reader.tail(services, count)

    def follow(
        self, services: Sequence[str] | None = None, *, lag: int | None = None
    ) -> AsyncIterator[tuple[LogLine, ...]]:
        """Yield batches of lines that are written from now on; to be called on an event loop."""
        skimming = None if lag is None else Skimming(lag, lambda service: self._shelves[service].written())
        follower = Follower(self._root, services, skimming)
        for service, shelf in self._shelves.items():
            follower.add(service, shelf.place())
            if not self._pens.get(service):
                shelf.close()
        self._followers = (*(known for known in self._followers if known() is not None), weakref.ref(follower))
        return follower

    def close(self) -> None:
        """Close every pen that is open."""
        for pens in list(self._pens.values()):
            for pen in list(pens.values()):
                pen.close()

    def _shelf(self, service: str) -> Shelf:
        shelf = self._shelves.get(service)
        if shelf is None:
            folder = folder_of(self._root, service)
            shelf = Shelf(folder, self._limits_of(service), self._wall, lambda text: self._tell(service, text))
            self._shelves[service] = shelf
        return shelf

    def _limits_of(self, service: str) -> Limits:
        keep = self._kept.get(service)
        return self._limits if keep is None else self._limits.of(keep)

    def _age(self) -> None:
        """Remove what is too old, now and then; of services that nobody opened, all of it."""
        now = self._wall()
        if now < self._age_at:
            return
        self._age_at = now + AGEING
        for shelf in tuple(self._shelves.values()):
            shelf.age()
        forget(self._root, self._shelves, now, self._limits.age)

    def _append(self, service: str, block: bytes, lines: int) -> None:
        shelf = self._shelves[service]
        shelf.append(block, lines)
        self._age()
        if self._troubled or shelf.trouble is not None:
            self._retry(service)
        for follower in self._listening():
            follower.wake(service)

    def _listening(self) -> list[Follower]:
        return [follower for known in self._followers if (follower := known()) is not None]

    def _retry(self, service: str) -> None:
        """Let every service that could not be written try again: it may have nothing more to say by itself."""
        self._troubled.add(service)
        for troubled in tuple(self._troubled):
            self._shelves[troubled].flush()
            if self._shelves[troubled].trouble is None:
                self._troubled.discard(troubled)

    def _tell(self, service: str, text: str) -> None:
        """Say what the disk does: to who listens, and in the log as soon as it can be written."""
        shelf = self._shelves[service]
        if shelf.trouble is None:
            shelf.append(prefix(self._wall(), tag_of("note", "0")) + text.encode() + b"\n", 1)
        if self._say is not None:
            self._say(service, text)

    def _past(self, service: str, start: Place, name: str) -> list[bytes]:
        """Return the texts that a pen has written since ``start``."""
        tags = {letter + name for stream, letter in LETTERS.items() if stream != "note"}
        cursor = Cursor(folder_of(self._root, service), service, start)
        texts: list[bytes] = []
        while rows := cursor.rows()[1]:
            texts += [text_of(row) for row in rows if tag_in(row).lower() in tags]
        return texts

    def _close_pen(self, service: str, pen: Pen) -> None:
        pens = self._pens[service]
        del pens[pen.name]
        if not pens:
            self._shelves[service].close()
