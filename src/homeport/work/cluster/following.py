"""Copy the log of one run of a container into the log book, each line once, over later houses as well."""

import asyncio
from contextlib import aclosing
from typing import Final

from homeport.aio.beside import beside
from homeport.aio.first import first
from homeport.aio.latest import Latest
from homeport.model.cluster_jobs import FollowPod
from homeport.model.errors import OutsideError
from homeport.model.forwards import Followed
from homeport.ports.bookmarks import Bookmark
from homeport.ports.cluster import Cluster, ClusterError, LogSource
from homeport.ports.logbook import Writer
from homeport.ports.report import Report
from homeport.work.outside import Outside
from homeport.work.seen.mirror import Mirror

EVERY = 1.0
"""Seconds between two bookmarks of one log: what a house that is killed may write twice."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds until a log that the cluster refuses is asked for again: its container may be about to start."""

DOUBT: Final = 10.0
"""Seconds within which the mirror has heard of a restart that was before a log was begun."""


async def follow_pod(job: FollowPod, outside: Outside, report: Report) -> None:
    """Copy until the run has ended and all of it was read; what was copied before is not asked for."""
    copy = _Copy(job, outside, report)
    if not copy.place.ended:
        await copy.all()
    report.put(job.key, Followed(job.identity, ended=True))


async def last_lines(
    cluster: Cluster,
    namespace: str,
    pod: str,
    container: str,
    *,
    previous: bool = False,
    count: int = 12,
    limit: float = 5.0,
) -> tuple[str, ...]:
    """Return the last lines of a run, as of now; none when the cluster does not have them, or not within ``limit`` seconds."""
    lines: list[str] = []
    try:
        async with asyncio.timeout(limit):
            source = LogSource(namespace, pod, container, previous=previous, tail=count, follow=False)
            async with aclosing(cluster.logs(source)) as found:
                async for line in found:
                    lines.append(line.text.decode("utf-8", "replace"))  # noqa: PERF401 - what came before a break counts
    except (OutsideError, TimeoutError):
        pass  # what came so far explains more than nothing
    return tuple(lines[-count:])


def runs(mirror: Mirror, pod: str, uid: str, container: str, restarts: int) -> bool:
    """Whether a run of a container is seen to run: fifty logs need no fifty looks at what one list has told."""
    there = mirror.get("v1", "Pod", pod)
    if there is None or there["metadata"].get("uid") != uid:
        return False
    for each in (there.get("status") or {}).get("containerStatuses") or ():
        if each["name"] == container:
            return each.get("restartCount") == restarts and "running" in (each.get("state") or {})
    return False


class _Copy:
    """A log on its way. ``place`` is what was written."""

    def __init__(self, job: FollowPod, outside: Outside, report: Report) -> None:
        self._job = job
        self._outside = outside
        self._report = report
        self._restarts = job.key[2]
        self._name = f"{job.uid}/{job.container}/{self._restarts}"
        self._trouble = ""
        self._lines = Latest(0)
        self.place = outside.bookmarks.find(self._name)

    async def all(self) -> None:
        """Copy everything, and note how far it went, whatever ends it."""
        writer = self._outside.book.writer(self._job.label, run=self._job.number, keep=self._job.keep)
        try:
            async with beside(self._keep_now_and_then()):
                await self._read_all(writer)
            self.place = Bookmark(self.place.mark, self.place.at, ended=True)
        finally:
            writer.close()
            self._keep()

    async def _read_all(self, writer: Writer) -> None:
        pause = FIRST_PAUSE
        while True:
            before = self.place
            try:
                await self._read(writer)
            except ClusterError as error:
                if error.reason == "NotFound":
                    return  # with its pod, or by two restarts, the rest is gone
                self._tell(error.what)
            else:
                return
            pause = FIRST_PAUSE if self.place != before else pause
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _read(self, writer: Writer) -> None:
        """Read the rest of the run; one that is seen to run without asking the cluster about it."""
        if self._runs():
            which, _ = await first(self._lines_of(writer, current=True), self._doubt())
            if which == 0:
                return
        await self._lines_of(writer, current=False)

    async def _doubt(self) -> None:
        """Wait for the proof that the run was over when its log was begun: what is silent since may be the next one's."""
        await asyncio.sleep(DOUBT)
        if self._runs():
            await asyncio.get_running_loop().create_future()

    def _runs(self) -> bool:
        job = self._job
        return runs(self._outside.cloud.mirror, job.pod, job.uid, job.container, self._restarts)

    async def _lines_of(self, writer: Writer, *, current: bool) -> None:
        job, cluster = self._job, (await self._outside.cloud.opened()).cluster
        source = LogSource(
            job.namespace,
            job.pod,
            job.container,
            uid=job.uid,
            restarts=self._restarts,
            after=self.place.mark,
            current=current,
        )
        async with aclosing(cluster.logs(source)) as lines:
            async for line in lines:
                if self._trouble:
                    self._tell("")
                writer.feed("out", line.text + b"\n")
                self.place = Bookmark(line.mark, line.at)
                self._lines.set(self._lines.value + 1)

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            self._report.put(self._job.key, Followed(self._job.identity, error=trouble))

    async def _keep_now_and_then(self) -> None:
        while True:
            await self._lines.after(self._lines.turn)
            await asyncio.sleep(EVERY)
            self._keep()

    def _keep(self) -> None:
        try:
            self._outside.bookmarks.keep(self._name, self.place)
        except OutsideError as error:
            self._tell(error.what)
