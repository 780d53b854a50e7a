"""Let pods reach services of this machine: a relay in the cluster, and a tunnel back for each port."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from msgspec.structs import replace

from homeport.aio.first import first
from homeport.aio.latest import Latest
from homeport.model.cluster_jobs import Relay
from homeport.model.errors import HomeportError, OutsideError
from homeport.model.shipped import Relayed
from homeport.ports.cluster import Manifest, Target
from homeport.ports.clusters import Opened
from homeport.ports.live import LiveLink
from homeport.ports.report import Report
from homeport.work.cluster.applying import bring
from homeport.work.cluster.values import identity_of
from homeport.work.outside import Outside
from homeport.work.seen.mirror import Mirror

FIRST: Final = 20000
"""The first port on which the relay listens for us where a service's own number is not free."""
UNPRIVILEGED: Final = 1024
"""Below it only a process with privileges may listen, which the relay is not."""
RETRY: Final = 1.0
"""Seconds until a relay that cannot be reached is tried again."""


async def relay(latest: Latest[Relay], outside: Outside, report: Report) -> None:
    """Keep the relay and its tunnels until cancelled; other services join and leave while it goes on."""
    job = latest.value
    numbers = _Numbers()
    try:
        while True:
            try:
                opened = await outside.cloud.opened()
                # No Service leads there yet: until somebody listens, its former pods answer.
                await _bring(replace(latest.value, services={}), numbers, opened, outside)
                pod = await _pod(outside)
                async with outside.live.open(Target(opened.namespace, pod), ()) as link:
                    await _serve(latest, numbers, opened, link, outside, report)
            except HomeportError as error:
                told = Relayed(job.identity, error=error.what, hint=error.hint or "", at=outside.clock.now())
                report.put(job.key, told)
            await asyncio.sleep(RETRY)
    finally:
        report.put(job.key, Relayed(""))


class _Numbers:
    """Gives each port of each service a port of the relay, and never another one.

    It is the service's own number where that is free: then a cluster exchanges the pods behind a Service at once, while for
    another number it takes the old ones away before it knows the new ones.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], int] = {}

    def of(self, service: str, port: int) -> int:
        if (service, port) not in self._known:
            taken = set(self._known.values())
            free = port >= UNPRIVILEGED and port not in taken and port < FIRST
            self._known[service, port] = port if free else FIRST + len(self._known)
        return self._known[service, port]


async def _bring(job: Relay, numbers: _Numbers, opened: Opened, outside: Outside) -> None:
    """Apply the relay and the Services that lead to it.

    Those that are not wanted any more are nothing to us: another one of the same name has taken over by now, or will.
    """
    node = await opened.node()
    services = {name: {port: numbers.of(name, port) for port, _ in pairs} for name, pairs in job.services.items()}
    who = await identity_of(opened, outside)
    mirror = outside.cloud.mirror
    await bring(opened.cluster, mirror, outside.renderer.relay(job.scene, who, node.pause, services))


def _is_relayed(made: Manifest) -> bool:
    return (made["metadata"].get("labels") or {}).get("app.kubernetes.io/component") == "relay"


def _is_ready(pod: Manifest) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


async def _serve(
    latest: Latest[Relay], numbers: _Numbers, opened: Opened, link: LiveLink, outside: Outside, report: Report
) -> None:
    """Listen in the relay's pod for every port that is wanted, until the link breaks."""
    listening: dict[tuple[int, int], AsyncExitStack] = {}
    async with AsyncExitStack() as all_of_them:
        while True:
            turn, job = latest.turn, latest.value
            wanted = {(numbers.of(name, port), local) for name, pairs in job.services.items() for port, local in pairs}
            for pair in listening.keys() - wanted:
                await listening.pop(pair).aclose()
            for pair in sorted(wanted - listening.keys()):
                listening[pair] = await all_of_them.enter_async_context(AsyncExitStack())
                await listening[pair].enter_async_context(link.listen(*pair))
            await _bring(job, numbers, opened, outside)
            report.put(job.key, Relayed(job.identity, True, tuple(sorted(job.services)), at=outside.clock.now()))
            await _until_other(latest, turn, link)


async def _until_other(latest: Latest[Relay], turn: int, link: LiveLink) -> None:
    which, why = await first(latest.after(turn), link.ended())
    if which == 1:
        raise OutsideError(f"the way back to this machine is broken: {why}")


async def _pod(outside: Outside) -> str:
    """Wait for the relay's pod and return its name."""

    def running(mirror: Mirror) -> list[str]:
        pods = [made for made in mirror.all("v1", "Pod") if _is_relayed(made)]
        return [
            made["metadata"]["name"]
            for made in pods
            if _is_ready(made) and not made["metadata"].get("deletionTimestamp")
        ]

    mirror = await outside.cloud.until(lambda mirror: bool(running(mirror)))
    return str(running(mirror)[0])
