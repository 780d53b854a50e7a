"""Seeing files change on Linux, by inotify."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from homeport.adapters.files.gitfiles import GitLocks
from homeport.adapters.files.kernel import MORE_EVENTS, Kernel
from homeport.adapters.files.placing import Placing
from homeport.adapters.files.preparing import ignores, rulebook
from homeport.adapters.files.reading import Reader
from homeport.adapters.files.settling import Settling
from homeport.aio.threads import in_thread
from homeport.kit.rulebook import Rulebook
from homeport.model.errors import OutsideError
from homeport.model.parts import Files
from homeport.ports.watcher import Settled

_EVENTS: Final = 128
_SLICE: Final = 0.004
"""Seconds that one turn of the loop may spend on reading new folders."""

RETRY: Final = 5.0
"""Seconds until folders that found no watch are tried again."""


class LinuxWatcher:
    """Watches with one inotify instance per watch."""

    @asynccontextmanager
    async def watch(self, rules: Mapping[str, Sequence[Files]]) -> AsyncIterator["LinuxWatch"]:
        """Place the watches, in a thread: a tree of 100,000 files takes a few tenths of a second."""
        book = rulebook(rules)
        watch = LinuxWatch(book)
        try:
            await in_thread(watch.placing.place)
            watch.begin()
            yield watch
        finally:
            watch.close()


class LinuxWatch:
    """One watch and what the loop calls for it."""

    def __init__(self, book: Rulebook) -> None:
        self._loop = asyncio.get_running_loop()
        self._book = book
        self._locks = GitLocks(book.bases)
        self._settling = Settling(self._busy)
        self._kernel = Kernel()
        self.placing = Placing(self._kernel, book, ignores(book), self._settling.add)
        self._reader = Reader(self._kernel, book, self.placing, self._settling.add)
        self._again: asyncio.Handle | None = None
        self._later: asyncio.Handle | None = None
        self._unseen: Mapping[str, OutsideError] = {}
        self._rested = asyncio.Event()
        self._open = True

    @property
    def folders(self) -> int:
        """How many folders are watched."""
        return self.placing.folders

    @property
    def unseen(self) -> Mapping[str, OutsideError]:
        """Rules with folders that found no watch."""
        return self._unseen

    def changes(self) -> AsyncIterator[Settled]:
        """Yield settled bursts."""
        return self._settling.changes()

    def begin(self) -> None:
        """Listen to the kernel from now on; it kept what happened since the watches were placed."""
        self._loop.add_reader(self._kernel.fileno, self._turn)
        self._rest()
        if self._kernel.unread:
            self._again = self._loop.call_soon(self._turn)

    async def retry(self) -> None:
        """Try the folders without a watch again, now."""
        if self._unseen:
            self._rested.clear()
            self._retry()
            await self._rested.wait()

    def close(self) -> None:
        """End the watch."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._kernel.fileno)
            for handle in (self._again, self._later):
                if handle is not None:
                    handle.cancel()
            self._settling.close()
            self._kernel.close()

    def _busy(self) -> bool:
        return self.placing.pending or self._locks.held()

    def _turn(self) -> None:
        """Take events and read new folders for a few milliseconds, then let others run."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
        read = self._reader.read(_EVENTS)
        if read.dropped or read.gap:
            self._settling.overflow(self._book.names, MORE_EVENTS if read.dropped else "")
        until = self._loop.time() + _SLICE
        while self.placing.pending and self._loop.time() < until:
            self.placing.step()
        if read.more or self.placing.pending or self._kernel.unread:
            self._again = self._loop.call_soon(self._turn)
        if not self.placing.pending:
            self._rest()

    def _rest(self) -> None:
        """All is placed that can be: tell whether that is less or more than before, and look again later for the rest."""
        self._rested.set()
        before, self._unseen = self._unseen, self.placing.unseen
        if {name: error.what for name, error in before.items()} != {
            name: error.what for name, error in self._unseen.items()
        }:
            self._settling.stir()
        if self._unseen and self._later is None:
            self._later = self._loop.call_later(RETRY, self._retry)

    def _retry(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self.placing.retry()
        self._turn()
