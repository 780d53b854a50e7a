"""The links into the pods of one service: one for each pod that is ready, open before anybody asks for it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from typing import Any

from homeport.aio.beside import beside
from homeport.aio.foreach import for_each
from homeport.aio.latest import Latest
from homeport.model.cluster_jobs import Forward
from homeport.model.errors import OutsideError
from homeport.ports.cluster import Changed, Cluster, Gone, Listed, Manifest, Scope, Tunnel

EVERY = 5.0
"""Seconds between two questions to a link that carries connections; idle ones are not asked."""
SILENCE = 2.5
"""Seconds without an answer until a link is doubted, and until a new one, tried beside it, is given up."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds until a link that could not be opened, or broke, is opened again; news of the pods come first."""


@dataclass(eq=False)
class Way:
    """An open link into a pod. ``carried`` counts connections; ``doubted``: it was asked, and does not answer."""

    pod: str
    tunnel: Tunnel
    carried: int = 0
    doubted: bool = False


class Ways:
    """Keeps a link open for each pod of a job. ``news`` turns when another way may be the right one, or the verdict."""

    def __init__(
        self,
        latest: Latest[Forward],
        cluster: Callable[[], Awaitable[Cluster]],
        uid: Callable[[str], str | None],
    ) -> None:
        """``cluster`` waits for the link to the cluster of this moment; ``uid`` says which pod has a name, if that is known."""
        self.news = Latest(None)
        self.troubles: dict[str, OutsideError] = {}
        """Why the link into a pod is not open, by pod."""
        self._latest = latest
        self._cluster = cluster
        self._uid = uid
        self._open: dict[str, Way] = {}

    async def keep(self) -> None:
        """Open and close links as the job says, until cancelled."""
        async with beside(self._hear()):
            await for_each(self._latest, lambda job: job.pods, self._keep)

    async def _hear(self) -> None:
        while True:
            turn = self._latest.turn
            self.news.set(None)
            await self._latest.after(turn)

    def usable(self) -> Sequence[Way]:
        """Return the ways for new connections: those into ready pods; while none of these is open the ones before."""
        wanted = self._latest.value.pods
        if not wanted:
            return ()
        into_ready = [self._open[pod] for pod in wanted if pod in self._open]
        ways = into_ready or list(self._open.values())
        return [way for way in ways if not way.doubted] or ways

    def begin(self, way: Way) -> None:
        """Count a connection."""
        way.carried += 1
        if way.carried == 1:
            self.news.set(None)

    def end(self, way: Way) -> None:
        """Count it no more."""
        way.carried -= 1
        if not way.carried:
            self.news.set(None)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until news make something true."""
        while not true():
            await self.news.after(self.news.turn)

    def _wanted(self, pod: str) -> bool:
        return pod in self._latest.value.pods

    async def _keep(self, pod: str) -> None:
        pause, clock = FIRST_PAUSE, asyncio.get_running_loop().time
        try:
            while self._wanted(pod):
                turn, began = self._latest.turn, clock()
                try:
                    if not (why := await self._opened(pod)):
                        continue
                    error = OutsideError(why)
                except OutsideError as failure:
                    error = failure
                self.troubles[pod] = error
                self.news.set(None)
                pause = FIRST_PAUSE if clock() - began > LONGEST_PAUSE else pause
                async with beside(self._latest.after(turn)) as told:
                    await asyncio.wait({told}, timeout=pause)
                pause = min(LONGEST_PAUSE, pause * 2)
        finally:
            self.troubles.pop(pod, None)
            self.news.set(None)

    async def _opened(self, pod: str) -> str:
        """Open a link, which counts from its first answer, and hold it; return why it broke, or nothing."""
        cluster = await self._cluster()
        async with self._link(cluster, pod) as tunnel:
            try:
                async with asyncio.timeout(SILENCE):
                    await tunnel.ping()
            except TimeoutError:
                return f'the pod "{pod}" gives no answer through the cluster'
            return await self._hold(Way(pod, tunnel))

    async def _hold(self, way: Way) -> str:
        """Have a way open until it breaks (and return why), or nobody needs it any more (nothing)."""
        self.troubles.pop(way.pod, None)
        self._open[way.pod] = way
        self.news.set(None)
        try:
            async with (
                beside(way.tunnel.ended()) as ended,
                beside(self._given_up(way)) as given_up,
                beside(self._dead(way)) as dead,
            ):
                any_of: set[asyncio.Future[Any]] = {ended, given_up, dead}
                await asyncio.wait(any_of, return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    return ended.result()
                return (
                    "" if given_up.done() else f'the link into the pod "{way.pod}" gives no answer, and a new one does'
                )
        finally:
            del self._open[way.pod]
            self.news.set(None)

    async def _given_up(self, way: Way) -> None:
        """Return when the pod is not among the ready ones, another takes its place, and its connections have ended or died."""
        while True:
            await self.until(lambda: not self._wanted(way.pod))
            if self._spare(way):
                return
            async with (
                beside(self._pod_dies(way.pod)) as dies,
                beside(self.until(lambda: self._wanted(way.pod) or self._spare(way))) as settled,
            ):
                await asyncio.wait({dies, settled}, return_when=asyncio.FIRST_COMPLETED)
            if not self._wanted(way.pod):
                return

    def _spare(self, way: Way) -> bool:
        wanted = self._latest.value.pods
        return not way.carried and (not wanted or any(pod in self._open for pod in wanted))

    async def _pod_dies(self, pod: str) -> None:
        """Wait until a pod that is not ready any more is gone, or the programs in it are not those from before."""
        scope = Scope("v1", "Pod", self._latest.value.namespace, name=pod)
        before: object = None
        try:
            cluster = await self._cluster()
            async with aclosing(cluster.watch(scope)) as news:
                async for each in news:
                    if not isinstance(each, Listed | Changed | Gone):
                        continue
                    found = each.objects if isinstance(each, Listed) else (each.object,)
                    life = _life(found[0]) if found and not isinstance(each, Gone) else None
                    if life is None or life != (before or life):
                        return
                    before = life
        except OutsideError:
            return  # who may not look at pods cannot wait for their end

    async def _dead(self, way: Way) -> None:
        """Return when a link that carries connections is silent while a new one into the same pod answers.

        Both are silent while the cluster is frozen: then the link stays, since it goes on by itself.
        """
        while True:
            await self.until(lambda: way.carried > 0 or way.doubted)
            await asyncio.sleep(EVERY)
            try:
                async with asyncio.timeout(SILENCE):
                    await way.tunnel.ping()
                silent = False
            except TimeoutError:
                silent = True
            except OutsideError:
                await asyncio.get_running_loop().create_future()  # it has ended, as who opened it is told
            if silent != way.doubted:
                way.doubted = silent
                self.news.set(None)
            if silent and await self._answers(way.pod):
                return

    async def _answers(self, pod: str) -> bool:
        """Whether a new link into a pod answers."""
        try:
            async with asyncio.timeout(SILENCE):
                cluster = await self._cluster()
                async with self._link(cluster, pod) as tunnel:
                    await tunnel.ping()
        except (TimeoutError, OutsideError):
            return False
        return True

    def _link(self, cluster: Cluster, pod: str) -> AbstractAsyncContextManager[Tunnel]:
        return cluster.tunnel(self._latest.value.namespace, pod, self._uid(pod))


def _life(pod: Manifest) -> object:
    """Return what stays the same while a pod's programs live; None once one of them does not run."""
    status = pod.get("status", {})
    seen = status.get("containerStatuses", ())
    if status.get("phase") in {"Failed", "Succeeded"} or any("running" not in each.get("state", {}) for each in seen):
        return None
    return pod["metadata"].get("uid"), [each.get("restartCount", 0) for each in seen]
