"""The log of one run of a container, each line once, however often the connection breaks.

The cluster resumes by whole seconds only, so lines of the last seconds are told apart by what they are.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from homeport.adapters.kubernetes.link import Link
from homeport.adapters.kubernetes.recent import Recent
from homeport.adapters.kubernetes.watching import FIRST_PAUSE, LONGEST_PAUSE
from homeport.ports.cluster import ClusterError, LogLine, LogSource, Unreachable

_GONE_FOR_GOOD: Final = 404


class _State(Struct):
    terminated: dict[str, object] | None = None


class _Status(Struct, rename="camel"):
    name: str
    restart_count: int = 0
    state: _State = msgspec.field(default_factory=_State)


class _Statuses(Struct, rename="camel"):
    container_statuses: list[_Status] = []
    init_container_statuses: list[_Status] = []
    ephemeral_container_statuses: list[_Status] = []


class _Meta(Struct):
    uid: str = ""


class _Pod(Struct):
    metadata: _Meta = msgspec.field(default_factory=_Meta)
    status: _Statuses = msgspec.field(default_factory=_Statuses)


class Log:
    """Follows one run. ``run``: how often the container had restarted before it."""

    def __init__(self, link: Link, source: LogSource) -> None:
        self._link = link
        self._source = source
        self._path = f"/api/v1/namespaces/{quote(source.namespace, safe='')}/pods/{quote(source.pod, safe='')}"
        self._what = f'log of "{source.container}" in the pod "{source.pod}"'
        self._recent = Recent()
        self._begun = False
        self._tail = b""

    async def lines(self) -> AsyncIterator[LogLine]:
        """Yield every line until the run has ended, or the pod is gone. Raises ClusterError for a refusal at the beginning."""
        first = await self._patiently()
        if first is None:
            raise ClusterError(f"{self._what} is not there: the pod is gone", reason="NotFound", code=404)
        pod, run, _over = first
        pause, previous = 0.0, self._source.previous
        run -= previous
        over = previous
        while True:
            broken = False
            try:
                async for line in self._stream(previous, follow=not over):
                    pause = 0.0
                    yield line
            except Unreachable:
                broken = True
            except ClusterError as error:
                if error.code == _GONE_FOR_GOOD or not self._begun:
                    if self._begun:
                        return
                    raise
                broken = True
            if over and not broken:
                if self._tail:
                    yield _line(self._tail)
                return
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2 or FIRST_PAUSE)
            now = await self._patiently()
            if now is None or now[0] != pod or now[1] > run + 1:
                return  # with the pod, or with two restarts, its log is gone
            previous, over = now[1] > run, now[1] > run or now[2]

    async def _stream(self, previous: bool, follow: bool) -> AsyncIterator[LogLine]:
        query = [("container", self._source.container), ("timestamps", "true")]
        query += [("follow", "true")] if follow else []
        query += [("previous", "true")] if previous else []
        if since := self._recent.since():
            query.append(("sinceTime", since))
        elif self._source.tail is not None and not self._begun:
            query.append(("tailLines", str(self._source.tail)))
        self._tail = b""
        self._recent.again()
        async with self._link.stream(f"{self._path}/log", self._what, query) as body:
            self._begun = True
            rest = b""
            async for chunk in body.iter_any():
                *whole, rest = (rest + chunk).split(b"\n")
                for text in whole:
                    if self._recent.is_new(text):
                        yield _line(text)
            self._tail = rest

    async def _patiently(self) -> tuple[str, int, bool] | None:
        """Return the pod's uid, the container's restarts and whether this run is over; None when the pod is gone.

        Waits while the cluster is out of reach.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                pod = msgspec.json.decode(await self._link.ask("GET", self._path, self._what), type=_Pod)
            except Unreachable:
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
                continue
            except ClusterError as error:
                if error.code == _GONE_FOR_GOOD:
                    return None
                raise
            every = pod.status
            for each in every.container_statuses + every.init_container_statuses + every.ephemeral_container_statuses:
                if each.name == self._source.container:
                    return pod.metadata.uid, each.restart_count, each.state.terminated is not None
            return pod.metadata.uid, 0, False


def _line(text: bytes) -> LogLine:
    at, _, said = text.partition(b" ")
    return LogLine(at.decode("ascii", "replace"), said)
