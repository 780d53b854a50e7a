"""The one place that holds the current snapshot."""

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from homeport.model.facts import Fact, Key
from homeport.model.graph import Graph
from homeport.model.instants import Instant
from homeport.model.snapshot import NodeFacts, Snapshot
from homeport.model.wishes import Wishes
from homeport.ports.clock import Clock


class Store:
    """Holds the world. Writes are synchronous and whole; who waits is woken once for many of them."""

    def __init__(self, first: Snapshot, clock: Clock, left: Callable[[Wishes, Graph], Wishes]) -> None:
        """Take the first snapshot, the clock, and what is ``left`` of wishes by a graph, which may be newer than they are."""
        self._left = left
        self._snapshot = replace(first, wishes=left(first.wishes, first.graph))
        self._clock = clock
        self._fresh: dict[str, dict[tuple[str, int], Fact]] = {}
        self._revision = first.revision
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def revision(self) -> int:
        """The newest revision."""
        return self._revision

    @property
    def snapshot(self) -> Snapshot:
        """The world now. Reports since the last look are folded in here, so that a burst of them costs one copy."""
        if self._fresh:
            facts: dict[str, NodeFacts] = {**self._snapshot.facts, **self._fresh}
            self._fresh = {}
            self._snapshot = replace(self._snapshot, facts=facts, revision=self._revision)
        elif self._snapshot.revision != self._revision:
            self._snapshot = replace(self._snapshot, revision=self._revision)
        return self._snapshot

    def put(self, key: Key, fact: Fact) -> None:
        """Record a fact."""
        kind, name, replica = key
        if name not in self._fresh:
            self._fresh[name] = dict(self._snapshot.facts.get(name, {}))
        self._fresh[name][kind, replica] = fact
        self.touch()

    def declare(self, graph: Graph) -> None:
        """Replace the graph; facts of nodes that left are forgotten once none of their runs is alive.

        Of what people wished before, that stays which the file does not say otherwise by now.
        """
        see = self.snapshot
        facts = {name: known for name, known in see.facts.items() if graph.knows(name) or _alive(known)}
        self._snapshot = replace(see, graph=graph, facts=facts, wishes=self._left(see.wishes, graph))
        self.touch()

    def wish(self, change: Callable[[Wishes], Wishes]) -> Wishes:
        """Change the wishes and return them."""
        wishes = self._left(change(self.snapshot.wishes), self.snapshot.graph)
        self._snapshot = replace(self.snapshot, wishes=wishes)
        self.touch()
        return wishes

    def close(self, *, at_once: bool = False) -> None:
        """Let everything end: in order, or ``at_once``."""
        self._snapshot = replace(self.snapshot, closing="at once" if at_once else self.snapshot.closing or "in order")
        self.touch()

    def touch(self) -> None:
        """Make a revision: something that is looked at changed."""
        self._revision += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def after(self, revision: int, until: Instant | None = None) -> Snapshot:
        """Wait for a revision after this one, or for the instant ``until``; return the world then."""
        loop = asyncio.get_running_loop()
        if self._revision <= revision:
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiting.add(waiter)
            alarm = None
            if until is not None:
                # What time alone changes is news too: screens wait for revisions.
                alarm = loop.call_later(max(0, until - self._clock.now()) / 1e6, self.touch)
            try:
                await waiter
            finally:
                self._waiting.discard(waiter)
                if alarm is not None:
                    alarm.cancel()
        return self.snapshot


def _alive(known: NodeFacts) -> bool:
    return any(getattr(fact, "alive", False) for fact in known.values())
