"""Keep the files in a service's pods like the sources: every pod, old and new, ends with the same ones."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from homeport.aio.beside import beside
from homeport.aio.first import first
from homeport.aio.foreach import for_each
from homeport.aio.latest import Latest
from homeport.kit.livefiles import Baseline, Difference, Entry, difference, without
from homeport.kit.signals import signal_number
from homeport.model.cluster_jobs import Live, LivePod
from homeport.model.containers import RestartAfter, RunAfter
from homeport.model.errors import OutsideError
from homeport.model.instants import SECOND
from homeport.ports.cluster import Scope, Stream, Target
from homeport.ports.live import Batch, Done, Ended, LiveLink, NotApplied, Operation, Put, Remove, Started, Wrote
from homeport.ports.logbook import Writer
from homeport.ports.report import Report
from homeport.work.cluster.freshness import Freshness
from homeport.work.cluster.sources import Sources, concerns, label_of, local_path
from homeport.work.outside import Outside
from homeport.work.resolve import Resolver

RETRY: Final = 0.5
"""Seconds until a pod whose link broke, or could not be opened, is tried again."""
AGAIN: Final = 5.0
"""Seconds until a file that could not be changed in a pod is tried again, unless there are saves before."""
UNSURE: Final = Entry(0, b"")
"""What is known of a file while it is being sent: it is another one than any."""


async def live(latest: Latest[Live], outside: Outside, report: Report) -> None:
    """Bring each pod up to date from the moment its container runs, and again after each save, until cancelled."""
    sources, state = Sources(latest, outside), Freshness(latest, outside, report)
    while True:
        try:
            await sources.read()
            break
        except OutsideError as error:
            state.trouble("", error)
            await asyncio.sleep(RETRY)
    state.well("")

    async def pod(name: str) -> None:
        await _keep(name, latest, sources, state, outside)

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
            keeper = _Keeper(pod, latest, sources, state, link, outside, writer)
            async with beside(keeper.hear()):
                await keeper.keep()
    except OutsideError as error:
        if any(each.id == name for each in latest.value.pods):
            state.trouble(name, error)
    finally:
        writer.close()
    await asyncio.sleep(RETRY)


class _Keeper:
    """One run of a pod's container, reached by a link. ``there`` is what it has."""

    def __init__(
        self,
        pod: LivePod,
        latest: Latest[Live],
        sources: Sources,
        state: Freshness,
        link: LiveLink,
        outside: Outside,
        writer: Writer,
    ) -> None:
        self._pod = pod
        self._latest = latest
        self._sources = sources
        self._state = state
        self._link = link
        self._outside = outside
        self._writer = writer

    async def hear(self) -> None:
        """Tell how the command ends and begins."""
        async for event in self._link.events():
            match event:
                case Ended(code, again):
                    how = f"its command ended with exit code {code}" if code < 128 else f"killed by signal {code - 128}"
                    self._writer.note(how + (f" and starts again in {again:g} s" if again is not None else ""))
                    self._state.ended(self._pod.id, how)
                case Started():
                    self._state.ended(self._pod.id, "")
                case _:
                    pass

    async def keep(self) -> None:
        """Bring the pod up to date now and after each save, until the link breaks."""
        there = await self._begin()
        while True:
            turn, pauses = self._sources.news.turn, []
            try:
                there = await self._update(there)
            except NotApplied as error:
                there = self._there()
                self._state.trouble(self._pod.id, error)
                pauses = [asyncio.sleep(AGAIN)]
            except _FollowUpFailed as error:  # as with a build, only another save may help
                there = self._there()
                self._state.trouble(self._pod.id, error)
            which, why = await first(self._sources.news.after(turn), self._link.ended(), *pauses)
            if which == 1:
                raise OutsideError(f'the link to the pod "{self._pod.name}" broke: {why}')

    async def _begin(self) -> Baseline:
        """Return what the container has, as far as its label tells; one of which nobody knows is made anew."""
        image = self._outside.cloud.baselines.get(self._pod.image)
        label = (await self._link.hello()).label if self._link.helped else ""
        known = self._outside.cloud.contents.get(self._pod.id)
        if known is not None and (label != "" or not self._link.helped):
            return known
        if label and label == label_of(self._sources.files):
            return self._sources.files
        if label is None:  # a batch was broken off: each file may be an old or a new one, so that none counts as known
            return dict.fromkeys(image or {}, UNSURE)
        if label and image is not None:
            opened = await self._outside.cloud.opened()
            self._writer.note(f'the pod "{self._pod.name}" has files of an earlier time and is replaced')
            await opened.cluster.delete(Scope("v1", "Pod", opened.namespace, name=self._pod.name), uid=self._uid)
            raise OutsideError(f'the pod "{self._pod.name}" is being replaced')
        return image or {}

    async def _update(self, there: Baseline) -> Baseline:
        """Bring the files up to date, and follow that up. Raises NotApplied, _FollowUpFailed, or what broke the link."""
        files, upto = self._sources.files, self._sources.upto
        change, began = difference(there, files), self._outside.clock.now()
        owed = self._state.owed.setdefault(self._pod.id, {})
        if change:
            there = await self._send(there, change, label_of(files))
            owed |= dict.fromkeys(self._local(*change.remove, *change.write))
        if owed:
            await self._follow_up(tuple(owed))
            owed.clear()
        seconds = (self._outside.clock.now() - began) / SECOND
        count = len(change.remove) + len(change.write)
        self._state.fresh(self._pod.id, upto, f"{count} file{'s' * (count != 1)}, {seconds:.2f} s" if count else "")
        return there

    async def _send(self, there: Baseline, change: Difference, label: str) -> Baseline:
        rules = self._sources.rules
        operations: list[Operation] = [Remove(path) for path in change.remove]
        operations += [Put(path, local) for path in change.write if (local := local_path(rules, path)) is not None]
        # Until it is known what was done, each of these may be an old file or a new one.
        unsure = {**there, **dict.fromkeys((*change.remove, *change.write), UNSURE)}
        contents = self._outside.cloud.contents
        contents[self._pod.id] = unsure
        try:
            applied = await self._link.apply(Batch(tuple(operations), label))
        except NotApplied as error:
            contents[self._pod.id] = _after(unsure, error.done)
            raise
        contents[self._pod.id] = _after(there, applied.done)
        return contents[self._pod.id]

    def _there(self) -> Baseline:
        return self._outside.cloud.contents.get(self._pod.id, {})

    def _local(self, *remote: str) -> list[str]:
        found = (local_path(self._sources.rules, path) for path in remote)
        return [path for path in found if path is not None]

    @property
    def _uid(self) -> str:
        return self._pod.id.rpartition("/")[0]

    async def _follow_up(self, paths: Sequence[str]) -> None:
        """Run the commands that follow a change, and start the program anew where the rules say so."""
        job = self._latest.value
        for rule in job.rules:
            if isinstance(rule, RunAfter) and concerns(rule, paths):
                await self._run(rule)
        if any(isinstance(rule, RestartAfter) and concerns(rule, paths) for rule in job.rules):
            if not self._link.helped:
                what = f'the program in the pod "{self._pod.name}" cannot be started anew: there is no helper'
                raise _FollowUpFailed(what, hint=f"`homeport restart {job.service}` makes another pod")
            await self._link.restart(signal_number(job.signal), job.grace)

    async def _run(self, rule: RunAfter) -> None:
        values: Mapping[str, str] = {}
        outside = self._outside
        resolver = Resolver(self._latest.value.service, values, {}, outside.vault, outside.memory, outside.surroundings)
        argv = resolver.argv(rule.run)

        def hear(stream: Stream, data: bytes) -> None:
            self._writer.feed(stream, data)

        code = await self._link.run(argv, output=hear)
        if code != 0:
            raise _FollowUpFailed(f'"{" ".join(argv)}" ended with exit code {code} in the pod "{self._pod.name}"')


class _FollowUpFailed(OutsideError):
    """A command that follows a change failed."""


def _after(there: Baseline, done: Sequence[Done]) -> Baseline:
    """Return what a container has after a batch: of each file the very bytes that were sent."""
    made = dict(there)
    for each in done:
        match each:
            case Wrote(path, entry):
                made[path] = entry
            case Remove(path):
                made = without(made, path)
            case _:
                pass
    return made
