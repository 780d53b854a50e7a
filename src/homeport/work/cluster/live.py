"""Keep the files in a service's pods like the sources: every pod, old and new, ends with the same ones."""

import asyncio
from typing import Final

from homeport.aio.beside import beside
from homeport.aio.foreach import for_each
from homeport.aio.latest import Latest
from homeport.model.cluster_jobs import Live
from homeport.model.errors import OutsideError
from homeport.ports.cluster import Target
from homeport.ports.report import Report
from homeport.work.cluster.freshness import Freshness
from homeport.work.cluster.keeping import Keeper
from homeport.work.cluster.sources import Sources
from homeport.work.outside import Outside

RETRY: Final = 0.5
"""Seconds until a pod whose link broke, or could not be opened, is tried again."""


async def live(latest: Latest[Live], outside: Outside, report: Report) -> None:
    """Bring each pod up to date from the moment its container runs, and again after each save, until cancelled."""
    sources, state = Sources(latest, outside), Freshness(latest, report)
    while True:
        try:
            await sources.read()
            break
        except OutsideError as error:
            state.trouble("", error)
            await asyncio.sleep(RETRY)
    state.well("")

    async def pod(name: str) -> None:
        with outside.cloud.keeping(name):
            await _keep(name, latest, sources, state, outside)
        if not _is_named(name, latest):
            state.over(name)
        named = [each.id for each in latest.value.pods]
        outside.cloud.forget(named)
        state.forget({*outside.cloud.contents, *named})

    def told(error: OutsideError | None) -> None:
        if error is not None:
            state.trouble("", error)
        else:
            state.well("")

    async with beside(sources.follow(told)):
        await for_each(latest, lambda job: [each.id for each in job.pods], pod)


async def _keep(name: str, latest: Latest[Live], sources: Sources, state: Freshness, outside: Outside) -> None:
    """Keep one run of a pod's container up to date until its link breaks."""
    job = latest.value
    pod = next((each for each in job.pods if each.id == name), None)
    if pod is None:
        return
    opened = await outside.cloud.opened()
    target = Target(opened.namespace, pod.name, pod.container or job.container)
    writer = outside.book.writer(job.service, run=0)
    try:
        async with outside.live.open(target, sources.roots) as link:
            state.by(link)
            keeper = Keeper(pod, latest, sources, state, link, outside, writer)
            async with beside(keeper.hear()):
                await keeper.keep()
    except OutsideError as error:
        if _is_named(name, latest):
            state.lost(name, error, outside.clock.now())
    finally:
        writer.close()
    await asyncio.sleep(RETRY)


def _is_named(name: str, latest: Latest[Live]) -> bool:
    return any(each.id == name for each in latest.value.pods)
