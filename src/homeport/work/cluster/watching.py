"""Keep the mirror of an instance's objects in a cluster, and tell what becomes of them and of the link.

One list and one watch for each kind, all at once; news that come together are judged together. Before everything is known
nothing is told of any node: half of the truth would look like a failure.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Final

from msgspec import Struct

from homeport.aio.beside import beside
from homeport.aio.latest import Latest
from homeport.aio.until import until_news
from homeport.model.errors import OutsideError
from homeport.ports.clock import Clock
from homeport.ports.cluster import Cluster, ClusterError, LinkDown, LinkUp, Listed, News, Scope
from homeport.ports.report import Report
from homeport.work.cluster.telling import KINDS, NAMESPACE, Sight, Teller
from homeport.work.seen.mirror import Kind, Mirror

AGAIN: Final = 30.0
SOON: Final = 5.0
"""Seconds until a kind that the cluster does not let us see, or does not know, is asked for again."""


class _Refused(Struct, frozen=True):
    """The cluster does not let us see a kind; it is asked again later."""

    error: OutsideError


_Item = tuple[Scope | None, News | _Refused, int] | asyncio.Future[None]
"""News of a scope (None: of the link itself) with the number of breaks until its stream began; or the end of what has none."""


async def keep_mirror(
    cluster: Cluster,
    sights: Latest[Sight],
    mirror: Mirror,
    report: Report,
    tell: Callable[[str, str], None],
    clock: Clock,
) -> None:
    """Watch until cancelled. Facts go to ``report``, and what happened, as a line, to ``tell``, by the name of the node.

    Another sight may add kinds; all else of it stays the same.
    """
    watch = _Watch(cluster, mirror, Teller(mirror, report, tell, clock, sights.value))
    async with AsyncExitStack() as stack:
        watch.guard(await stack.enter_async_context(beside(watch.pulse())))
        while True:
            turn, sight = sights.turn, sights.value
            for scope in watch.missing(sight):
                watch.guard(await stack.enter_async_context(beside(watch.follow(scope))))
            await watch.take_until(sights, turn)


class _Watch:
    """What all the streams of one link bring together."""

    def __init__(self, cluster: Cluster, mirror: Mirror, teller: Teller) -> None:
        self._cluster = cluster
        self._mirror = mirror
        self._teller = teller
        self._items: asyncio.Queue[_Item] = asyncio.Queue()
        self._scopes: set[Scope] = set()
        self._heals = Latest(0)
        self._broken = ""

    async def pulse(self) -> None:
        """Bring whether the cluster answers at all."""
        async for news in self._cluster.pulse():
            self._items.put_nowait((None, news, 0))

    async def follow(self, scope: Scope) -> None:
        """Bring the news of one scope."""
        while True:
            turn = self._heals.turn
            try:
                # A stream from before the link broke may be dead without a sign, as after a change of networks.
                async for news in until_news(self._cluster.watch(scope), self._heals, turn):
                    self._items.put_nowait((scope, news, turn))
            except OutsideError as error:
                self._items.put_nowait((scope, _Refused(error), turn))
                # Its definition may just be on its way; a right is not given within seconds.
                await asyncio.sleep(SOON if isinstance(error, ClusterError) and error.code == 404 else AGAIN)

    def missing(self, sight: Sight) -> list[Scope]:
        """Return the scopes of a sight that are not followed yet; from now on they are."""
        self._teller.look(sight)
        wanted = [_scope(sight, kind) for kind in dict.fromkeys((*KINDS, NAMESPACE, *sight.kinds))]
        found = [scope for scope in wanted if scope not in self._scopes]
        self._scopes.update(found)
        return found

    def guard(self, following: "asyncio.Future[None]") -> None:
        """See to it that the end of a stream, which is a mistake of ours, is noticed at once."""
        following.add_done_callback(self._items.put_nowait)

    async def take_until(self, sights: Latest[Sight], turn: int) -> None:
        """Take news until there is another sight."""
        async for batch in until_news(self._batches(), sights, turn):
            concerned: set[str] = set()
            for item in batch:
                concerned |= self._take(item)
            self._teller.tell(concerned)
            self._mirror.told()

    async def _batches(self) -> AsyncIterator[list[_Item]]:
        while True:
            batch = [await self._items.get()]
            while not self._items.empty():
                batch.append(self._items.get_nowait())
            yield batch

    def _take(self, item: _Item) -> set[str]:
        if isinstance(item, asyncio.Future):
            if not item.cancelled():
                item.result()
            return set()
        scope, news, turn = item
        if scope is not None and turn < self._heals.turn and not isinstance(news, _Refused):
            return set()  # a new stream tells everything again
        kind = (scope.api, scope.kind) if scope is not None else None
        match news:
            case _Refused() if kind == NAMESPACE:
                self._teller.linking.up(kind)  # who may see no more than what is in it lacks nothing
            case _Refused(error):
                self._teller.linking.refuse(kind, error)
            case LinkDown(why):
                self._broken = why if scope is None else self._broken
                self._teller.linking.down(kind, why)
            case LinkUp():
                self._teller.linking.up(kind)
                if scope is None and self._broken:
                    self._catch_up()
            case _ if scope is not None:
                if isinstance(news, Listed):
                    self._teller.linking.up(kind)
                return self._mirror.put(scope, news)
        return set()

    def _catch_up(self) -> None:
        """Have every stream opened anew; the link is well when each has told everything again."""
        for scope in self._scopes:
            self._teller.linking.stale((scope.api, scope.kind), self._broken)
        self._broken = ""
        self._heals.set(self._heals.value + 1)


def _scope(sight: Sight, kind: Kind) -> Scope:
    if kind == NAMESPACE and kind not in sight.kinds:
        return Scope(*kind, name=sight.namespace)
    # The controllers that tell of our objects label no events of theirs.
    return Scope(*kind, sight.namespace, labels="" if kind[1] == "Event" else sight.selector)
