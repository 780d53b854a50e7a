"""A watcher without files: a save is told to it, and matched by the same pure rules."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from homeport.kit.ignores import Ignores, nothing
from homeport.kit.rulebook import Rule, Rulebook
from homeport.model.errors import OutsideError
from homeport.model.parts import Files
from homeport.ports.watcher import Settled


class FakeWatcher:
    """Remembers its open watches and tells them of saves; each call of ``save`` is one settled burst."""

    def __init__(self) -> None:
        self.open: list[FakeWatch] = []
        self.refusal: OutsideError | None = None
        """Raised by ``watch`` instead of watching."""
        self.most: int | None = None
        """How many watches may be open at once."""
        self.crowded: set[str] = set()
        """The rules that find no room."""

    @asynccontextmanager
    async def watch(self, rules: Mapping[str, Sequence[Files]]) -> AsyncIterator["FakeWatch"]:
        """Watch nothing but what is told."""
        if self.refusal is not None:
            raise self.refusal
        if self.most is not None and len(self.open) >= self.most:
            raise OutsideError("too many watches", hint="close one")
        watch = FakeWatch(rules, self.crowded)
        self.open.append(watch)
        try:
            yield watch
        finally:
            self.open.remove(watch)

    def save(self, *paths: str) -> None:
        """Tell all open watches that these absolute paths were written or removed."""
        for watch in self.open:
            watch.save(paths)

    def crowd(self, *names: str) -> None:
        """Leave room for all rules but these."""
        self.crowded = set(names)
        for watch in self.open:
            watch.crowd(self.crowded)

    def lose(self) -> None:
        """Tell all open watches that events were lost."""
        for watch in self.open:
            watch.lose()


class FakeWatch:
    """One open watch."""

    def __init__(self, rules: Mapping[str, Sequence[Files]], crowded: set[str]) -> None:
        self.rules = {name: tuple(every) for name, every in rules.items()}
        each_rule = ((name, each) for name, every in rules.items() for each in every)
        self._book = Rulebook(Rule(name, each.base, each.patterns, each.ignore) for name, each in each_rule)
        self._ignores = Ignores(nothing, lambda _folder: False, self._book.bases)
        self._ready: dict[str, set[str]] = {}
        self._lost = self._stirred = False
        self._crowded = crowded
        self._news: asyncio.Future[None] | None = None

    @property
    def folders(self) -> int:
        """How many folders rules begin in."""
        return len(self._book.roots)

    @property
    def unseen(self) -> Mapping[str, OutsideError]:
        """The rules that find no room."""
        return {name: OutsideError("too few watches", hint="raise") for name in self.rules if name in self._crowded}

    async def retry(self) -> None:
        """Nothing: room is found as soon as it is there."""

    def crowd(self, names: set[str]) -> None:
        """Leave room for all rules but these."""
        self._crowded, self._stirred = names, True
        self._wake()

    def save(self, paths: Iterable[str]) -> None:
        """Match the paths and wake who waits."""
        for path in paths:
            for name in set(self._book.names_for(path, self._ignores)) - self._crowded:
                self._ready.setdefault(name, set()).add(path)
        self._wake()

    def lose(self) -> None:
        """Say that every rule may have changed."""
        self._lost = True
        for name in self._book.names:
            self._ready.setdefault(name, set())
        self._wake()

    async def changes(self) -> AsyncIterator[Settled]:
        """Yield what was told; several bursts that nobody fetched come as one."""
        while True:
            while not self._ready and not self._stirred:
                self._news = asyncio.get_running_loop().create_future()
                await self._news
            ready, lost = self._ready, self._lost
            self._ready, self._lost, self._stirred = {}, False, False
            yield Settled({name: () if lost else tuple(sorted(ready[name])) for name in sorted(ready)}, lost)

    def _wake(self) -> None:
        if (self._ready or self._stirred) and self._news is not None and not self._news.done():
            self._news.set_result(None)
