"""Watch the files that rules name, and tell who is concerned by each settled burst of saves."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack

from msgspec.structs import replace

from homeport.aio.latest import Latest
from homeport.aio.until import until_news, until_quiet
from homeport.model.errors import OutsideError
from homeport.model.facts import Blind, Changed, Watching
from homeport.model.parts import Files
from homeport.model.plan import WatchFiles
from homeport.ports.report import Report
from homeport.ports.watcher import Settled, Watch
from homeport.work.outside import Outside

OVERLAP = 0.05
"""Seconds without news after which an old watch has told all that it saw before the new one stood."""

LOST = "saves were missed, so it was taken for changed"
"""What is told of those for whom it is not known which files were saved."""

RETRY = 5.0
"""Seconds until a watch that could not be placed, or broke, is tried again."""


async def watch_files(latest: Latest[WatchFiles], outside: Outside, report: Report) -> None:
    """Watch until cancelled; other rules are watched before the old watch is given up, so that no save is missed."""
    bursts = _Bursts(outside, report)
    old: Watch | None = None
    held = AsyncExitStack()
    async with AsyncExitStack() as all_held:
        while True:
            turn, job = latest.turn, latest.value
            fresh = await all_held.enter_async_context(AsyncExitStack())
            try:
                watch = await fresh.enter_async_context(outside.watcher.watch(_rules(job)))
                if old is not None:
                    async for settled in until_quiet(old.changes(), OVERLAP):
                        bursts.tell(settled)
                await held.aclose()
                bursts.blind.update(watch.unseen)
                if old is not None:
                    await watch.retry()  # what the old one took is free
                old, held = watch, fresh
                bursts.look(job, watch)
                async for settled in until_news(watch.changes(), latest, turn):
                    bursts.tell(settled)
                    bursts.look(job, watch)
            except OutsideError as error:
                # Two watches at once take twice as much of the system's limits: one alone may do.
                pause, old = 0.0 if old is not None else RETRY, None
                await held.aclose()
                await fresh.aclose()
                bursts.fail(job, error)
                await _news_or(pause, latest, turn)


async def _news_or(seconds: float, latest: Latest[WatchFiles], turn: int) -> None:
    try:
        async with asyncio.timeout(seconds):
            await latest.after(turn)
    except TimeoutError:
        return


def _rules(job: WatchFiles) -> Mapping[str, tuple[Files, ...]]:
    folders: dict[str, list[str]] = {}
    for path in job.sources:
        folder = os.path.dirname(path)
        while any(sign in folder for sign in "*?["):  # an include: its pattern stands for files to come
            folder = os.path.dirname(folder)
        folders.setdefault(folder, []).append("/" + os.path.relpath(path, folder))
    sources = tuple(Files(folder, tuple(patterns)) for folder, patterns in folders.items())
    return {**job.rules, "": sources} if sources else job.rules


class _Bursts:
    """Numbers settled bursts and tells them; ``blind`` are those whose saves may have been missed."""

    def __init__(self, outside: Outside, report: Report) -> None:
        self.blind: set[str] = set()
        self._told: Watching | None = None
        self._outside = outside
        self._report = report
        self._count = 0

    def tell(self, settled: Settled) -> None:
        """Tell everyone who is concerned."""
        self._count += bool(settled.matches)
        lost = "; ".join(part for part in (LOST, settled.hint) if part) if settled.overflow else ""
        for name, paths in settled.matches.items():
            self._outside.journal.note(name, self._count, None if settled.overflow else paths)
            self._report.put(("changed", name, 0), Changed(self._count, lost))

    def fail(self, job: WatchFiles, error: OutsideError) -> None:
        """Report that there is no watch: everyone may miss saves."""
        # A first watch is made up for, too: programs that started meanwhile may have read an older file.
        self.blind.update(_rules(job))
        self._told = Watching(job.version, error=error.what, hint=error.hint)
        self._report.put(job.key, self._told)

    def look(self, job: WatchFiles, watch: Watch) -> None:
        """Report whom a watch does not see; who was not seen until now, and is again, may have changed."""
        unseen = {name: Blind(error.what, error.hint) for name, error in sorted(watch.unseen.items())}
        found = Watching(job.version, ready=True, folders=watch.folders, unseen=unseen)
        # How many folders there are is told when something else is: every new one is no news.
        if self._told is None or found != replace(self._told, folders=found.folders):
            self._told = found
            self._report.put(job.key, found)
        missed = sorted(self.blind & _rules(job).keys() - unseen.keys())
        self.blind = set(unseen)
        self.tell(Settled(dict.fromkeys(missed, ()), overflow=True))
