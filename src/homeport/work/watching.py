"""Watch the files that rules name, and tell who is concerned by each settled burst of saves."""

import os
from collections.abc import Mapping
from contextlib import AsyncExitStack

from homeport.aio.latest import Latest
from homeport.aio.until import until_news
from homeport.model.errors import OutsideError
from homeport.model.facts import Changed, Watching
from homeport.model.parts import Files
from homeport.model.plan import WatchFiles
from homeport.ports.report import Report
from homeport.ports.watcher import Settled
from homeport.work.outside import Outside

SHOWN = 3
"""Paths of a burst that are kept to be shown."""


async def watch_files(latest: Latest[WatchFiles], outside: Outside, report: Report) -> None:
    """Watch until cancelled; other rules are watched before the old watch is given up, so that no save is missed."""
    burst = 0
    async with AsyncExitStack() as held:
        while True:
            turn, job = latest.turn, latest.value
            fresh = AsyncExitStack()
            try:
                watch = await fresh.enter_async_context(outside.watcher.watch(_rules(job)))
            except OutsideError as error:
                report.put(job.key, Watching(job.version, error=error.what, hint=error.hint))
                await latest.after(turn)
                continue
            await held.aclose()
            held.push_async_exit(fresh)
            report.put(job.key, Watching(job.version, ready=True, folders=watch.folders))
            async for settled in until_news(watch.changes(), latest, turn):
                burst += 1
                _tell(settled, burst, outside, report)


def _rules(job: WatchFiles) -> Mapping[str, tuple[Files, ...]]:
    folders: dict[str, list[str]] = {}
    for path in job.sources:
        folders.setdefault(os.path.dirname(path), []).append("/" + os.path.basename(path))
    sources = tuple(Files(folder, tuple(patterns)) for folder, patterns in folders.items())
    return {**job.rules, "": sources} if sources else job.rules


def _tell(settled: Settled, burst: int, outside: Outside, report: Report) -> None:
    now = outside.clock.now()
    for name, paths in settled.matches.items():
        report.put(("changed", name, 0), Changed(burst, paths[:SHOWN], len(paths), now))
