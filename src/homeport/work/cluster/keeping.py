"""One run of a pod's container: its files are brought up to date in batches."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple, Never

from homeport.aio.beside import beside
from homeport.aio.first import first
from homeport.aio.foreach import for_each
from homeport.aio.latest import Latest
from homeport.kit.livefiles import Baseline, Difference, Entry, emptied, without
from homeport.model.cluster_jobs import Live, LivePod
from homeport.model.errors import OutsideError
from homeport.model.instants import SECOND
from homeport.ports.cluster import Scope
from homeport.ports.live import Batch, Done, Ended, LiveLink, NotApplied, Operation, Remove, Started, Wrote
from homeport.ports.logbook import Writer
from homeport.work.cluster.batches import Order
from homeport.work.cluster.following_up import FollowUpFailed, FollowUps
from homeport.work.cluster.freshness import Freshness
from homeport.work.cluster.sources import Sources, label_of, local_path
from homeport.work.outside import Outside

AGAIN: Final = 5.0
"""Seconds until a file that could not be changed in a pod is tried again, unless there are saves before."""
UNSURE: Final = Entry(0, b"")
"""What is known of a file while it is being sent: it is another one than any."""


class _Made(NamedTuple):
    """A batch as it goes out: its number, what it changes, and the bytes as far as they were read already."""

    number: int
    change: Difference
    batch: Batch


class Keeper:
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
        self._contents = outside.cloud.contents
        self._meant: Baseline = {}
        """What the container has once everything that is under way was done."""
        self._owners: dict[str, int] = {}
        """The number of the last batch that writes a path."""
        self._batches: Latest[dict[str, _Made]] = Latest({})
        self._order = Order()
        self._again = Latest(None)
        self._follow_ups = FollowUps(pod, latest, state, link, outside, writer)

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
        """Bring the pod up to date now and after each save, until the link breaks.

        A save does not wait for one before it: what takes long goes its own way.
        """
        self._meant = self._contents[self._pod.id] = begun = await self._begin()
        self._state.began(self._pod.id, behind=self._link.helped and bool(self._sources.since(begun)))
        async with beside(for_each(self._batches, lambda batches: batches, self._carry)) as carrying:
            while True:
                turns = self._sources.news.turn, self._again.turn
                self._look()
                which, why = await first(
                    self._sources.news.after(turns[0]), self._again.after(turns[1]), self._link.ended(), _end(carrying)
                )
                if which == 2:
                    raise OutsideError(f'the link to the pod "{self._pod.name}" broke: {why}')

    def _look(self) -> None:
        """Let what differs from what will be there go out."""
        files, upto = self._sources.files, self._sources.upto
        change = self._sources.since(self._meant)
        number = self._order.begin(upto)
        owes = not self._batches.value and bool(self._state.owed.get(self._pod.id))
        if not change and not owes:
            self._over(number, "")
            return
        self._meant = files
        self._owners |= dict.fromkeys(change.write, number)
        operations: list[Operation] = [*map(Remove, change.remove), *self._sources.puts(change.write)]
        made = _Made(number, change, Batch(tuple(operations), self._sources.label))
        self._batches.set({**self._batches.value, str(number): made})

    async def _carry(self, name: str) -> None:
        """Send a batch and follow it up. Raises what broke the link."""
        number, change, batch = self._batches.value[name]
        began = self._outside.clock.now()
        try:
            if change:
                await self._send(number, change, batch)
            await self._follow_ups.do(self._local(*change.remove, *change.write))
            seconds = (self._outside.clock.now() - began) / SECOND
            count = len(change.remove) + len(change.write)
            self._over(number, f"{count} file{'s' * (count != 1)}, {seconds:.2f} s" if count else "")
        except NotApplied as error:
            self._order.fail(number)
            self._meant = self._there
            self._state.trouble(self._pod.id, error)
            await self._follow_some(error)
            await asyncio.sleep(AGAIN)
            self._again.set(None)
        except FollowUpFailed as error:  # as with a build, only another save may help
            self._order.fail(number)
            self._state.trouble(self._pod.id, error)
        finally:
            self._batches.set({each: made for each, made in self._batches.value.items() if each != name})

    async def _follow_some(self, error: NotApplied) -> None:
        """Follow up what was made of a batch: what was refused of it holds nothing else up."""
        made = [each.path for each in error.done]
        if made:
            try:
                await self._follow_ups.do(self._local(*made))
            except FollowUpFailed as failed:
                self._state.trouble(self._pod.id, failed)

    def _over(self, number: int, shown: str) -> None:
        upto = self._order.end(number)
        if upto is not None:
            self._state.fresh(self._pod.id, upto, shown)

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

    async def _send(self, number: int, change: Difference, batch: Batch) -> None:
        """Make a change. Raises NotApplied, or what broke the link."""
        # Until it is known what was done, each of these may be an old file or a new one.
        new = {path for path in change.write if path not in self._there}
        self._hold({**self._there, **dict.fromkeys((*change.remove, *change.write), UNSURE)})
        try:
            applied = await self._link.apply(batch)
        except NotApplied as error:
            # What never came is not ours: were it removed later, that would be something of the image's own.
            refused = new - {each.path for each in error.done}
            there = {path: entry for path, entry in self._there.items() if path not in refused}
            self._hold(_after(there, error.done))
            raise
        self._hold(_after(self._there, applied.done))
        await self._tidy(applied.done)
        # It may have been saved once more while it was read: that is there then.
        wrote = {each.path: each.entry for each in applied.done if isinstance(each, Wrote)}
        read = {path: entry for path, entry in wrote.items() if self._owners.get(path) == number}
        if any(self._meant.get(path) != entry for path, entry in read.items()):
            self._meant = {**self._meant, **read}

    async def _tidy(self, done: Sequence[Done]) -> None:
        """Remove the folders whose last file went, unless something else is in them, which the command leaves alone."""
        gone = [each.path for each in done if isinstance(each, Remove)]
        folders = emptied(gone, self._sources.files, [rule.remote for rule in self._sources.rules])
        if folders:
            await self._link.run(["rmdir", "--", *folders])

    @property
    def _there(self) -> Baseline:
        return self._contents[self._pod.id]

    def _hold(self, files: Baseline) -> None:
        self._contents[self._pod.id] = files

    def _local(self, *remote: str) -> list[str]:
        found = (local_path(self._sources.rules, path) for path in remote)
        return [path for path in found if path is not None]

    @property
    def _uid(self) -> str:
        return self._pod.id.rpartition("/")[0]


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


async def _end(carrying: "asyncio.Future[Never]") -> None:
    """Wait for the end of who carries batches, which only a failure brings, and raise it."""
    await asyncio.wait({carrying})
    carrying.result()
