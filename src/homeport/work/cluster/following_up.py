"""What follows a change of files in one run of a pod's container: commands, and a new start of its program."""

import asyncio
from collections.abc import Mapping, Sequence

from homeport.aio.latest import Latest
from homeport.kit.signals import signal_number
from homeport.model.cluster_jobs import Live, LivePod
from homeport.model.containers import RestartAfter, RunAfter
from homeport.model.errors import OutsideError
from homeport.ports.cluster import Stream
from homeport.ports.live import LiveLink
from homeport.ports.logbook import Writer
from homeport.work.cluster.freshness import Freshness
from homeport.work.cluster.sources import concerns
from homeport.work.outside import Outside
from homeport.work.resolve import Resolver


class FollowUpFailed(OutsideError):
    """A command that follows a change failed."""


class FollowUps:
    """Done one after the other: what a change owes while another is followed up is done by the next turn, together."""

    def __init__(
        self, pod: LivePod, latest: Latest[Live], state: Freshness, link: LiveLink, outside: Outside, writer: Writer
    ) -> None:
        self._pod = pod
        self._latest = latest
        self._state = state
        self._link = link
        self._outside = outside
        self._writer = writer
        self._turn = asyncio.Lock()

    async def do(self, paths: Sequence[str]) -> None:
        """Do what follows a change of these paths, and of those before that were not followed up. Raises FollowUpFailed."""
        owed = self._state.owed.setdefault(self._pod.id, {})
        owed |= dict.fromkeys(paths)
        async with self._turn:
            # What is saved once more while rules run is owed once more: they may have read what was there before.
            now = dict(owed)
            owed.clear()
            if not now:
                return
            try:
                await self._run_rules(tuple(now))
            except BaseException:
                owed |= now
                raise

    async def _run_rules(self, paths: Sequence[str]) -> None:
        """Run the commands that follow a change, and start the program anew where the rules say so.

        A program that began with older files than these starts anew in any case, as if its image had had them.
        """
        job = self._latest.value
        for rule in job.rules:
            if isinstance(rule, RunAfter) and concerns(rule, paths):
                await self._run(rule)
        outdated = self._pod.id in self._state.outdated
        if outdated or any(isinstance(rule, RestartAfter) and concerns(rule, paths) for rule in job.rules):
            if not self._link.helped:
                what = f'the program in the pod "{self._pod.name}" cannot be started anew: there is no helper'
                raise FollowUpFailed(what, hint=f"`homeport restart {job.service}` makes another pod")
            await self._link.restart(signal_number(job.signal), job.grace)
            self._state.outdated.discard(self._pod.id)

    async def _run(self, rule: RunAfter) -> None:
        values: Mapping[str, str] = {}
        outside = self._outside
        resolver = Resolver(self._latest.value.service, values, {}, outside.vault, outside.memory, outside.surroundings)
        argv = resolver.argv(rule.run)

        def hear(stream: Stream, data: bytes) -> None:
            self._writer.feed(stream, data)

        code = await self._link.run(argv, output=hear)
        if code != 0:
            raise FollowUpFailed(f'"{" ".join(argv)}" ended with exit code {code} in the pod "{self._pod.name}"')
