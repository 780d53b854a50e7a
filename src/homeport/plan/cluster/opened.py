"""Decisions about ports of the user's own objects: each has a loopback port, which leads to the pods behind its object."""

from collections.abc import Collection

from homeport.model.cluster_jobs import Aim, Forward
from homeport.model.forwards import Aimed, Forwarding
from homeport.model.manifests import Manifests, Opened
from homeport.model.nodes import Service
from homeport.model.parts import Port
from homeport.model.plan import Hold, Job
from homeport.model.rollouts import Linked
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.link import link_of
from homeport.plan.decision import advised
from homeport.plan.identity import digest


def listener(node: Manifests) -> Service:
    """Return a service that has the ports of these objects on this machine: it gets them as all others do."""
    ports = tuple(Port(port.name, port.number, port.host) for port in node.ports)
    return Service(node.name, node.at, None, "", ports=ports)


def decide_opened(
    node: Manifests, link: Linked, see: Snapshot, unfit: Collection[str]
) -> tuple[tuple[Job, ...], Hold | None]:
    """Return the jobs that lead to the pods behind each port, and what is missing until connections come in.

    ``unfit``: pods that may not be spoken to yet.
    """
    leased = see.ports(node.name)
    if not node.ports:
        return (), None
    if leased is None or not leased.shared:
        return (), Hold(leased.error if leased is not None and leased.error else "waiting for its ports")
    jobs: list[Job] = []
    missing: Hold | None = None
    for at, port in enumerate(node.ports):
        aim = Aim(("aim", node.name, at), digest(port, link.namespace, link.identity), link.namespace, port.object,
                  port.number)  # fmt: skip
        jobs.append(aim)
        found = see.fact(aim.key, Aimed)
        if found is None or found.identity != aim.identity:
            missing = missing or Hold(f"looking for the pods behind {port.object}")
            continue
        if port.name not in leased.shared:
            continue
        closed = _forward(node, at, port, found, leased.shared[port.name], link, see, unfit, jobs)
        missing = missing or closed
    return tuple(jobs), missing


def _forward(
    node: Manifests,
    at: int,
    port: Opened,
    found: Aimed,
    local: int,
    link: Linked,
    see: Snapshot,
    unfit: Collection[str],
    jobs: list[Job],
) -> Hold | None:
    """Add the job that forwards one port; return why no connection comes in by it, if none does."""
    if found.error:
        return Hold(advised(found.error, found.hint))
    pods = tuple(pod for pod in found.pods if pod not in unfit)
    job = _job(node, at, port, (local, found.port), pods, link)
    known = see.fact(job.key, Forwarding)
    if not found.port:
        return Hold(f"no pod behind {port.object} is ready")
    jobs.append(job)
    if known is None or known.identity != job.identity or (known.error and known.offered != pods):
        return Hold(f"the forward to {port.object} is not open yet")
    return Hold(f"{port.object}: {advised(known.error, known.hint)}") if known.error else None


def _job(
    node: Manifests, at: int, port: Opened, numbers: tuple[int, int], pods: tuple[str, ...], link: Linked
) -> Forward:
    ports = {port.name: numbers}
    identity = digest(sorted(ports.items()), link.namespace, link.identity)
    return Forward(("forward", node.name, at), identity, link.namespace, ports, pods)


def kept_opened(node: Manifests, see: Snapshot) -> tuple[Forward, ...]:
    """Return the forwards to objects on which others still lean, as they are."""
    link, leased = link_of(see), see.ports(node.name)
    jobs: list[Forward] = []
    for at, port in enumerate(node.ports):
        known, found = see.fact(("forward", node.name, at), Forwarding), see.fact(("aim", node.name, at), Aimed)
        if link is None or leased is None or known is None or found is None or port.name not in leased.shared:
            continue
        job = _job(node, at, port, (leased.shared[port.name], found.port), known.pods, link)
        jobs += [job] if job.identity == known.identity else []
    return tuple(jobs)
