"""Hold the link to the cluster, and tell what becomes of everything of ours in it."""

import asyncio
from typing import Final

from homeport.aio.beside import beside
from homeport.aio.latest import Latest
from homeport.kit.masking import Mask
from homeport.model.cluster_jobs import WatchCluster
from homeport.model.errors import HomeportError, RefusedError
from homeport.model.facts import Fact, Key
from homeport.model.graph import Graph
from homeport.model.ownership import owned_by
from homeport.model.rollouts import Linked
from homeport.ports.clusters import Opened
from homeport.ports.report import Report
from homeport.work.cluster.telling import GONE, Sight
from homeport.work.cluster.watching import keep_mirror
from homeport.work.outside import Outside
from homeport.work.seen.cloud import Cloud

RETRY: Final = 2.0
"""Seconds until a cluster that nothing leads to is looked for again."""


async def hold_cluster(latest: Latest[WatchCluster], outside: Outside, report: Report) -> None:
    """Watch until cancelled. A cluster that was not allowed stays closed until somebody wishes otherwise."""
    job, told = latest.value, None
    while True:
        try:
            async with outside.clusters.open(job.site) as opened:
                told = None  # whatever is wrong after this is news
                await _hold(latest, opened, outside, report)
        except HomeportError as error:
            found = Linked(job.identity, error=error.what, hint=error.hint or "", since=outside.clock.now())
            if told is None or (told.error, told.hint) != (found.error, found.hint):
                report.put(job.key, told := found)
            if isinstance(error, RefusedError):
                await asyncio.get_running_loop().create_future()
        await asyncio.sleep(RETRY)


async def _hold(latest: Latest[WatchCluster], opened: Opened, outside: Outside, report: Report) -> None:
    def sight() -> Sight:
        job = latest.value
        kinds = tuple(dict.fromkeys((*opened.kinds, *job.kinds)))
        return Sight(job.identity, opened.context, opened.namespace, owned_by(opened.owner), kinds)

    def say(node: str, text: str) -> None:
        writer = outside.book.writer(node, run=0)
        writer.note(text)
        writer.close()

    sights = Latest(sight())

    async def follow() -> None:
        turn = latest.turn
        while True:
            turn, _ = await latest.after(turn)
            sights.set(sight())

    mirror = outside.cloud.enter(opened, Mask(outside.vault.secrets))
    for node in outside.cloud.told:
        report.put(("rollout", node, 0), GONE)  # this cluster, or this time, will say itself what there is
    outside.cloud.told.clear()
    try:
        async with beside(follow()):
            await keep_mirror(opened.cluster, sights, mirror, _Telling(report, outside.cloud), say, outside.clock)
    finally:
        outside.cloud.leave()


class _Telling:
    """Passes facts on, and remembers of which nodes anything was told."""

    def __init__(self, report: Report, cloud: Cloud) -> None:
        self._report = report
        self._cloud = cloud

    def put(self, key: Key, fact: Fact) -> None:
        """Pass a fact on."""
        if key[0] == "rollout":
            self._cloud.told.add(key[1])
        self._report.put(key, fact)

    def declare(self, graph: Graph) -> None:
        """Pass another graph on."""
        self._report.declare(graph)
