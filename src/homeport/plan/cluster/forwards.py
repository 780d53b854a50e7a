"""Decisions about forwards: a service in a cluster has the loopback ports that it would have as a process."""

from msgspec import Struct

from homeport.model.cluster_jobs import Forward
from homeport.model.forwards import Forwarding
from homeport.model.nodes import Service
from homeport.model.plan import Hold
from homeport.model.rollouts import Linked
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.case import Case
from homeport.plan.cluster.link import link_of
from homeport.plan.decision import advised
from homeport.plan.identity import digest


class Forwarded(Struct, frozen=True):
    """The job that forwards, and what is missing until connections come in (None: nothing)."""

    jobs: tuple[Forward, ...] = ()
    missing: Hold | None = None
    failed: bool = False


def decide_forward(case: Case) -> Forwarded:
    """Decide about the forwards of a service in a cluster."""
    service, see = case.service, case.see
    leased = see.ports(service.name)
    if not service.ports:
        return Forwarded()
    if leased is None or not leased.shared:
        return Forwarded(missing=Hold(leased.error if leased is not None and leased.error else "waiting for its ports"))
    if see.alive(service.name):
        return Forwarded(missing=Hold("its process on this machine still has its ports"))
    if case.rollout is None:
        return Forwarded(missing=Hold("it has no pods yet"))
    job = _job(service, see, case.link, tuple(pod.name for pod in case.serving()))
    known = see.fact(job.key, Forwarding)
    if known is None or known.identity != job.identity or (known.error and known.offered != job.pods):
        # An error tells of the pods that there were: those of now may do better.
        return Forwarded((job,), Hold("its forward is not open yet"))
    if known.error:
        return Forwarded((job,), Hold(advised(known.error, known.hint)), failed=True)
    return Forwarded((job,))


def kept_forward(service: Service, see: Snapshot) -> tuple[Forward, ...]:
    """Return the forward of a service that others still lean on, as it is."""
    known = see.fact(("forward", service.name, 0), Forwarding)
    link = link_of(see)
    if known is None or not known.identity or link is None:
        return ()
    job = _job(service, see, link, known.pods)
    return (job,) if job.identity == known.identity else ()


def _job(service: Service, see: Snapshot, link: Linked, pods: tuple[str, ...]) -> Forward:
    leased = see.ports(service.name)
    numbers = {port.name: port.number for port in service.ports}
    shared = leased.shared if leased is not None else {}
    ports = {name: (local, numbers[name]) for name, local in shared.items() if name in numbers}
    identity = digest(sorted(ports.items()), link.namespace, link.identity)
    return Forward(("forward", service.name, 0), identity, link.namespace, ports, pods)
