"""The log of one run of a container, each line once, however often the connection breaks.

What the kubelet rotated away while nobody was connected is lost.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from homeport.adapters.kubernetes.link import Link
from homeport.adapters.kubernetes.reached import Reached, is_timed
from homeport.adapters.kubernetes.runs import Run, Runs
from homeport.adapters.kubernetes.watching import FIRST_PAUSE, LONGEST_PAUSE
from homeport.ports.cluster import ClusterError, LogLine, LogSource, Unreachable


class _Strange(Exception):
    """A log that is asked again does not begin with what it said before: another run's, or rotated meanwhile."""


class Log:
    """Follows one run."""

    def __init__(self, link: Link, source: LogSource) -> None:
        self._link = link
        self._source = source
        self._runs = Runs(link, source.namespace, source.pod, source.container)
        self._what = f'log of "{source.container}" in the pod "{source.pod}"'
        self._reached = Reached(source.after, cut=source.tail is not None)
        self._begun = False
        self._unsure: Run | None = None
        """A run that was only said to be the current one: the log that is read could be that of a later one."""
        self._tail = b""

    async def lines(self) -> AsyncGenerator[LogLine, None]:
        """Yield every line until the run has ended, or the pod is gone. Raises ClusterError for a refusal at the beginning."""
        run, previous = await self._begin()
        over, trusted, pause = run.over or not self._source.follow, not self._source.after, 0.0
        while True:
            broken = strange = False
            try:
                async with aclosing(self._connected(previous, not over, trusted)) as connected:
                    async for line in connected:
                        pause = 0.0
                        yield line
            except _Strange:
                strange = True
            except Unreachable:
                broken = True
            except ClusterError:
                if not self._begun:
                    raise
                broken = True  # for a pod that is gone the next look says so
            if over and not broken and not strange:
                if self._tail and self._reached.is_new(self._tail):
                    yield self._line(self._tail)
                return
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2 or FIRST_PAUSE)
            now = await (self._runs.current() if broken else self._runs.settled(Run(run.pod, run.restarts, over=False)))
            self._unsure = None
            if now is None or now.pod != run.pod or now.restarts > run.restarts + 1:
                return  # with the pod, or with two restarts, its log is gone
            previous, trusted = now.restarts > run.restarts, strange
            over = previous or now.over or not self._source.follow

    async def _begin(self) -> tuple[Run, bool]:
        """Return the run that is meant, and whether it is the one before the current one."""
        wanted = self._source.restarts
        if self._source.current and self._source.uid and wanted is not None:
            self._unsure = Run(self._source.uid, wanted, over=False)
            return self._unsure, False
        run = await self._runs.current()
        if run is None or self._source.uid not in {"", run.pod}:
            raise ClusterError(f"{self._what} is not there: the pod is gone", reason="NotFound", code=404)
        if wanted is None:
            return (Run(run.pod, run.restarts - 1, over=True), True) if self._source.previous else (run, False)
        if run.restarts > wanted + 1:
            raise ClusterError(f"{self._what} is not there: it was restarted twice", reason="NotFound", code=404)
        before = run.restarts > wanted
        return Run(run.pod, wanted, over=before or run.over), before

    async def _connected(self, previous: bool, follow: bool, trusted: bool) -> AsyncGenerator[LogLine, None]:
        """Yield the lines of one connection that are new. Raises _Strange unless it is trusted to be the right log."""
        self._tail = b""
        self._reached.again()
        known = not trusted and self._reached.since() is not None
        async with self._link.stream(f"{self._runs.path}/log", self._what, self._query(previous, follow)) as body:
            self._begun = True
            rest = b""
            async for chunk in body.iter_any():
                *whole, rest = (rest + chunk).split(b"\n")
                for text in filter(is_timed, whole):
                    if known and not self._reached.goes_on(text):
                        raise _Strange
                    if not known:
                        await self._make_sure()
                    known, self._unsure = False, None
                    if self._reached.is_new(text):
                        yield self._line(text)
            self._tail = rest if is_timed(rest) else b""

    async def _make_sure(self) -> None:
        """Look whether the connected log is that of the run that is meant. Raises _Strange when it may be a later one's.

        Runs only follow each other: one that was current before we connected, and is still, was it in between.
        """
        if self._unsure is not None:
            now = await self._runs.current()
            if now is None or (now.pod, now.restarts) != (self._unsure.pod, self._unsure.restarts):
                raise _Strange

    def _query(self, previous: bool, follow: bool) -> list[tuple[str, str]]:
        query = [("container", self._source.container), ("timestamps", "true")]
        query += [("follow", "true")] if follow else []
        query += [("previous", "true")] if previous else []
        if since := self._reached.since():
            query.append(("sinceTime", since))
        elif self._source.tail is not None:
            query.append(("tailLines", str(self._source.tail)))
        return query

    def _line(self, text: bytes) -> LogLine:
        at, _, said = text.partition(b" ")
        return LogLine(at.decode("ascii", "replace"), said, self._reached.mark)
