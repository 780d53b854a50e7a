"""Seeing files change anywhere, by the watchfiles library: slower to notice and dearer than inotify, but everywhere."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from watchfiles import Change

from homeport.adapters.files.eyes import Eye, News
from homeport.adapters.files.gitfiles import GitLocks
from homeport.adapters.files.placements import Names, Placement, placements
from homeport.adapters.files.preparing import ignores, rulebook
from homeport.adapters.files.settling import Settling
from homeport.aio.threads import in_thread
from homeport.kit.ignores import Ignores
from homeport.kit.rulebook import Rulebook
from homeport.model.errors import OutsideError
from homeport.model.parts import Files
from homeport.ports.watcher import Settled


class PortableWatcher:
    """Watches with one thread per watch."""

    @asynccontextmanager
    async def watch(self, rules: Mapping[str, Sequence[Files]]) -> AsyncIterator["PortableWatch"]:
        """Place the watches, in a thread."""
        watch = PortableWatch(rulebook(rules))
        try:
            await in_thread(watch.place)
            yield watch
        finally:
            await in_thread(watch.close)


class PortableWatch:
    """One watch. Folders are watched whole, and what the rules ignore is left out afterwards."""

    def __init__(self, book: Rulebook) -> None:
        self._loop = asyncio.get_running_loop()
        self._book = book
        self._ignores: Ignores = ignores(book)
        self._locks = GitLocks(book.bases)
        self._settling = Settling(self._locks.held)
        self._places: frozenset[Placement] = frozenset()
        self._names = Names(())
        self._eyes: list[Eye] = []
        self._closed = False

    @property
    def folders(self) -> int:
        """How many folders are watched; what lies below them is not counted."""
        return len({place.folder for place in self._places})

    @property
    def unseen(self) -> Mapping[str, OutsideError]:
        """Nothing: the library either watches everything that it was told or says that it cannot."""
        return {}

    async def retry(self) -> None:
        """Nothing is without a watch."""

    def changes(self) -> AsyncIterator[Settled]:
        """Yield settled bursts."""
        return self._settling.changes()

    def place(self) -> None:
        """Watch every root that is there, and above every root the nearest folder that is."""
        while True:
            places = frozenset(placements(self._book.roots))
            try:
                eyes = self._open_eyes(places)
                break
            except FileNotFoundError:
                continue  # a folder went away since it was seen: look again
        before, self._eyes = self._eyes, eyes
        self._places, self._names = places, Names(places)
        for eye in before:
            eye.close()

    def _open_eyes(self, places: Iterable[Placement]) -> list[Eye]:
        eyes: list[Eye] = []
        try:
            for deep in (True, False):
                folders = sorted({place.folder for place in places if place.deep is deep})
                if folders:
                    eyes.append(Eye(folders, recursive=deep, tell=self._tell_loop))
        except BaseException:
            for eye in eyes:
                eye.close()
            raise
        return eyes

    def close(self) -> None:
        """End the watch."""
        self._closed = True
        self._settling.close()
        for eye in self._eyes:
            eye.close()

    def _tell_loop(self, news: News) -> None:
        if not self._closed:
            self._loop.call_soon_threadsafe(self._take, news)

    def _take(self, news: News) -> None:
        """Match what changed; read folders that appeared, since what was written into them at once has no news."""
        if self._closed:
            return
        replaced: set[str] = set()
        for kind, real in news:
            for path in self._names.of(real):
                if kind != Change.modified and path in self._book.roots:
                    replaced.add(path)
                self._changed(kind, path)
        if replaced or frozenset(placements(self._book.roots)) != self._places:
            self._replace(replaced)

    def _changed(self, kind: int, path: str) -> None:
        if os.path.basename(path) == ".gitignore":
            self._ignores.forget()
        if kind == Change.deleted or not os.path.isdir(path):
            self._file(path)
        elif kind == Change.added:
            self._folder(path)

    def _replace(self, replaced: set[str]) -> None:
        """Roots came, went or were exchanged: watch anew and report what the new ones hold."""
        before = {(place.name, place.inode) for place in self._places}
        try:
            self.place()
        except OutsideError as error:
            self._settling.fail(error)
            return
        now = {place.name: place.inode for place in self._places if place.deep}
        for root in self._book.roots:
            if root in now and (root in replaced or (root, now[root]) not in before):
                self._folder(root)
            elif os.path.isfile(root):
                self._file(root)

    def _folder(self, top: str) -> None:
        for folder, names, files in os.walk(top):
            self._ignores.forget_folder(folder)
            names[:] = [name for name in names if not self._ignores.entry(folder, name, is_folder=True)]
            for name in files:
                self._file(os.path.join(folder, name))

    def _file(self, path: str) -> None:
        self._settling.add(path, self._book.names_for(path, self._ignores))
