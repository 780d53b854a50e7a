"""Carry connections to loopback ports into whichever pod is ready."""

import asyncio

from homeport.aio.beside import beside
from homeport.aio.latest import Latest
from homeport.model.cluster_jobs import Forward
from homeport.model.errors import OutsideError
from homeport.model.forwards import Forwarding
from homeport.ports.callers import Caller
from homeport.ports.cluster import Cluster, ClusterError
from homeport.ports.report import Report
from homeport.work.cluster.ways import Way, Ways
from homeport.work.outside import Outside

PATIENCE = 5.0
"""Seconds that a connection waits while no pod is ready: as long as it takes to replace one."""
RETRY = 1.0
"""Seconds until a port that is taken is asked for again: its holder may be leaving."""
AGAIN = 0.1
"""Seconds until a connection that a link did not take is offered again."""


async def forward(latest: Latest[Forward], outside: Outside, report: Report) -> None:
    """Listen on the ports of a service until cancelled; the way to each ready pod is open before it is needed."""

    async def cluster() -> Cluster:
        return (await outside.cloud.opened()).cluster

    def uid(pod: str) -> str | None:
        """Say what the mirror knows: a look at each pod would be a request for each forward of a start."""
        meta = (outside.cloud.mirror.get("v1", "Pod", pod) or {}).get("metadata", {})
        return meta.get("uid") if meta.get("namespace") == latest.value.namespace else None

    work = _Forwarding(latest, Ways(latest, cluster, uid), report)
    try:
        async with (
            beside(work.listen(outside)) as listening,
            beside(work.tell()) as telling,
            beside(work.ways.keep()) as keeping,
        ):
            await asyncio.wait({listening, telling, keeping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        report.put(latest.value.key, Forwarding(""))


class _Forwarding:
    def __init__(self, latest: Latest[Forward], ways: Ways, report: Report) -> None:
        self.ways = ways
        self._latest = latest
        self._report = report
        self._deaf: OutsideError | None = None
        self._turn = 0

    async def listen(self, outside: Outside) -> None:
        """Listen for as long as it takes; a port that is taken is asked for again and again."""
        ports = {name: local for name, (local, _remote) in self._latest.value.ports.items()}
        while True:
            try:
                async with outside.fronts.accept(ports, self._serve):
                    self._hear(None)
                    await asyncio.get_running_loop().create_future()
            except OutsideError as error:
                self._hear(error)
            await asyncio.sleep(RETRY)

    async def tell(self) -> None:
        """Report each new verdict."""
        told: Forwarding | None = None
        while True:
            turn, verdict = self.ways.news.turn, self._verdict()
            if verdict is not None and verdict != told:
                self._report.put(self._latest.value.key, told := verdict)
            await self.ways.news.after(turn)

    def _hear(self, error: OutsideError | None) -> None:
        self._deaf = error
        self.ways.news.set(None)

    def _verdict(self) -> Forwarding | None:
        """Return what is known of the forward; None while its first links are being opened."""
        job, usable = self._latest.value, self.ways.usable()
        trusted = tuple(way.pod for way in usable if not way.doubted)
        if self._deaf is not None:
            return self._dead(self._deaf.what, self._deaf.hint)
        if not job.pods:
            return self._dead("no pod is ready")
        if trusted:
            return Forwarding(job.identity, pods=trusted)
        if usable:
            return self._dead(f'the pod "{usable[0].pod}" gives no answer through the cluster')
        errors = [self.ways.troubles[pod] for pod in job.pods if pod in self.ways.troubles]
        return self._dead(errors[0].what, errors[0].hint) if errors else None

    def _dead(self, error: str, hint: str | None = None) -> Forwarding:
        return Forwarding(self._latest.value.identity, error, hint or "", offered=self._latest.value.pods)

    async def _serve(self, name: str, caller: Caller) -> None:
        """Hand a connection to the pod whose turn it is; reset it when there is none for long."""
        remote = self._latest.value.ports[name][1]
        limit = asyncio.get_running_loop().time() + PATIENCE
        try:
            while True:
                async with asyncio.timeout_at(limit):
                    way = await self._next()
                self.ways.begin(way)
                try:
                    return await way.tunnel.carry(caller, remote)
                except ClusterError:
                    pass  # nothing was taken from the caller
                finally:
                    self.ways.end(way)
                async with asyncio.timeout_at(limit):
                    await asyncio.sleep(AGAIN)
        except TimeoutError:
            caller.abort()

    async def _next(self) -> Way:
        if not self.ways.usable():
            await self.ways.until(lambda: bool(self.ways.usable()))
        ways = self.ways.usable()
        self._turn += 1
        return ways[self._turn % len(ways)]
