"""Which run of a container is the current one, as the pod tells it."""

import asyncio
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from homeport.adapters.kubernetes.failures import decoded
from homeport.adapters.kubernetes.link import Link
from homeport.adapters.kubernetes.watching import FIRST_PAUSE, LONGEST_PAUSE
from homeport.ports.cluster import ClusterError, Unreachable

_LATE: Final = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Pauses in seconds between looks: the kubelet tells the end of a container later than the container's log does."""


class Run(Struct, frozen=True):
    """A run: of which pod, after how many restarts, and whether it is over."""

    pod: str
    restarts: int
    over: bool


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


class Runs:
    """Looks at one container of one pod."""

    def __init__(self, link: Link, namespace: str, pod: str, container: str) -> None:
        self._link = link
        self._container = container
        self.path = pod_path(namespace, pod)
        self._what = f'look at the pod "{pod}"'

    async def current(self) -> Run | None:
        """Return the current run, or None when the pod is gone. Waits while the cluster is out of reach."""
        pause = FIRST_PAUSE
        while True:
            try:
                said = await self._link.ask("GET", self.path, self._what)
            except Unreachable:
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
            except ClusterError as error:
                if error.code == 404:
                    return None
                raise
            else:
                return self._read(decoded(self._what, said, _Pod))

    async def settled(self, run: Run) -> Run | None:
        """Return the current run once it is known to be over or another one; after some seconds it seems to go on."""
        now: Run | None = run
        for pause in _LATE:
            await asyncio.sleep(pause)
            now = await self.current()
            if now is None or now != run:
                break
        return now

    def _read(self, pod: _Pod) -> Run:
        told = pod.status
        for each in told.container_statuses + told.init_container_statuses + told.ephemeral_container_statuses:
            if each.name == self._container:
                return Run(pod.metadata.uid, each.restart_count, each.state.terminated is not None)
        return Run(pod.metadata.uid, 0, over=False)


async def uid_of(link: Link, namespace: str, pod: str) -> str:
    """Return which pod has this name now. Raises ClusterError, with code 404 for none."""
    what = f'look at the pod "{pod}"'
    return decoded(what, await link.ask("GET", pod_path(namespace, pod), what), _Pod).metadata.uid


def pod_path(namespace: str, pod: str) -> str:
    """Return a pod's path in the API."""
    return f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{quote(pod, safe='')}"
