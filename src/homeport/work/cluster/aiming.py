"""Find out where a port of a user's own object leads: which ready pods are behind it, whoever made them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import Any, Final

from msgspec import Struct

from homeport.aio.beside import beside
from homeport.aio.latest import Latest
from homeport.aio.until import until_news
from homeport.model.cluster_jobs import Aim
from homeport.model.errors import OutsideError
from homeport.model.forwards import Aimed
from homeport.ports.cluster import Changed, Cluster, Gone, Listed, Manifest, News, Scope
from homeport.ports.report import Report
from homeport.work.cluster.seeing import has_ended, is_ready
from homeport.work.outside import Outside

RETRY: Final = 2.0
"""Seconds until a cluster that refuses to tell is asked again."""

_KINDS: Final = {
    "Service": ("v1", "Service"),
    "Pod": ("v1", "Pod"),
    "Deployment": ("apps/v1", "Deployment"),
    "StatefulSet": ("apps/v1", "StatefulSet"),
}


class _Target(Struct, frozen=True):
    """Pods, and their port by number or name; or why there are none."""

    pods: Scope | None = None
    port: int | str = 0
    error: str = ""
    hint: str = ""


async def aim(job: Aim, outside: Outside, report: Report) -> None:
    """Follow the object and its pods until cancelled."""
    told: Aimed | None = None

    def tell(made: Aimed) -> None:
        nonlocal told
        if made != told:
            told = made
            report.put(job.key, made)

    while True:
        try:
            cluster = (await outside.cloud.opened()).cluster
            target: Latest[_Target | None] = Latest(None)

            async with beside(_follow(job, cluster, target)) as following:
                await _tell_pods(job, target, following, cluster, tell)
        except OutsideError as error:
            tell(Aimed(job.identity, error=error.what, hint=error.hint or ""))
        await asyncio.sleep(RETRY)


async def _follow(job: Aim, cluster: Cluster, target: Latest[_Target | None]) -> None:
    """Know what the object chooses, until the cluster refuses to tell."""
    kind, _, name = job.object.partition("/")
    async with aclosing(cluster.watch(Scope(*_KINDS[kind], job.namespace, name=name))) as news:
        async for objects in _objects(news):
            found = _target(job, objects.get(name))
            if found != target.value:
                target.set(found)


async def _tell_pods(
    job: Aim,
    target: Latest[_Target | None],
    following: "asyncio.Future[None]",
    cluster: Cluster,
    tell: Callable[[Aimed], None],
) -> None:
    """Tell of the pods of each target until it cannot be followed any more."""
    following.add_done_callback(lambda _: target.set(None))
    while not following.done():
        turn, found = target.turn, target.value
        if found is None:
            await target.after(turn)
        elif found.pods is None:
            tell(Aimed(job.identity, error=found.error, hint=found.hint))
            await target.after(turn)
        else:
            port = 0
            async with aclosing(cluster.watch(found.pods)) as news:
                async for objects in until_news(_objects(news), target, turn):
                    ready = [pod for pod in objects.values() if is_ready(pod) and not has_ended(pod)]
                    # While no pod is ready the port is the one that it was: callers wait for the next pod.
                    port = next((here for pod in ready if (here := _port(pod, found.port))), port)
                    names = tuple(sorted(pod["metadata"]["name"] for pod in ready if _port(pod, found.port)))
                    tell(Aimed(job.identity, port, names))


async def _objects(news: AsyncIterator[News]) -> AsyncIterator[Mapping[str, Manifest]]:
    """Yield all objects of a watch by name, after each change."""
    known: dict[str, Manifest] = {}
    async for each in news:
        match each:
            case Listed(objects):
                known = {str(made["metadata"]["name"]): made for made in objects}
            case Changed(made):
                known[made["metadata"]["name"]] = made
            case Gone(made):
                known.pop(made["metadata"]["name"], None)
            case _:
                continue
        yield known


def _target(job: Aim, made: Manifest | None) -> _Target:
    kind, _, name = job.object.partition("/")
    if made is None:
        return _Target(error=f'there is no {kind} "{name}"', hint="see the names in its manifests")
    if kind == "Pod":
        return _Target(Scope("v1", "Pod", job.namespace, name=name), job.number)
    spec = made.get("spec") or {}
    chosen = spec.get("selector") if kind == "Service" else (spec.get("selector") or {}).get("matchLabels")
    if not chosen:
        return _Target(
            error=f'the {kind} "{name}" chooses no pods', hint="name an object that does: a Deployment, a Pod"
        )
    port: int | str | None = _behind(spec, job.number) if kind == "Service" else job.number
    if port is None:
        known = ", ".join(str(each.get("port")) for each in spec.get("ports") or ())
        return _Target(error=f'the Service "{name}" has no port {job.number}', hint=f"it has {known}" if known else "")
    labels = ",".join(f"{key}={value}" for key, value in sorted(chosen.items()))
    return _Target(Scope("v1", "Pod", job.namespace, labels=labels), port)


def _behind(spec: Mapping[str, Any], number: int) -> int | str | None:
    """Return to which port of pods one of a Service leads."""
    found = next((each for each in spec.get("ports") or () if each.get("port") == number), None)
    return (found.get("targetPort") or number) if found is not None else None


def _port(pod: Manifest, port: int | str) -> int:
    """Return the number of a port of a pod; 0 when it has none of that name."""
    if isinstance(port, int):
        return port
    containers = (pod.get("spec") or {}).get("containers") or ()
    ports = [each for container in containers for each in container.get("ports") or ()]
    return next((int(each["containerPort"]) for each in ports if each.get("name") == port), 0)
