"""When a run counts as ready, and which probes it needs."""

from homeport.model.facts import Health, Key, Run
from homeport.model.instants import SECOND, Instant
from homeport.model.nodes import Service
from homeport.model.plan import ProbeRun, RunService
from homeport.model.snapshot import Snapshot
from homeport.plan.identity import digest

QUIET_START: Instant = SECOND // 2
"""A program without ports and probe is believed once it has run for this long: one that exits at once never was ready."""


def is_probed(service: Service) -> bool:
    """Whether readiness is looked at: by the service's own probe, or by its ports."""
    return service.ready is not None or bool(service.ports)


def readiness(service: Service, replica: int, run: Run, see: Snapshot, now: Instant) -> tuple[bool, Instant | None]:
    """Return whether a run is ready, and when to look again if only time is missing."""
    if run.started is None or run.stopping or run.ended is not None or is_dead(service, replica, run, see) is not None:
        return False, None
    if not is_probed(service):
        settled = run.started + QUIET_START
        return now >= settled, None if now >= settled else settled
    health = see.health(service.name, replica)
    return health is not None and health.number == run.number and health.ready, None


def was_ready(service: Service, replica: int, run: Run, see: Snapshot) -> bool:
    """Whether this very run was ready before."""
    health = see.health(service.name, replica)
    return health is not None and health.number == run.number and health.was_ready


def complaint(service: Service, replica: int, run: Run, see: Snapshot) -> str:
    """Return what the readiness probe last said about this run."""
    health = see.health(service.name, replica)
    return health.reason if health is not None and health.number == run.number else ""


def is_dead(service: Service, replica: int, run: Run, see: Snapshot) -> str | None:
    """Return why liveness gave up on this run, or None."""
    health = see.fact(("live", service.name, replica), Health)
    return health.reason if health is not None and health.number == run.number and health.dead else None


def probes(job: RunService, run: Run, *, served: bool) -> tuple[ProbeRun, ...]:
    """Return the probe jobs of a started run.

    Liveness is looked at once the run ``served`` (was ready): a slow start is no death, and from then on each failure counts.
    """
    if run.started is None:
        return ()
    service = job.service
    found = []
    if is_probed(service):
        found.append(_probe(job, run, f"{run.number}/{digest(service.ready)}", live=False))
    if service.live is not None and served:
        found.append(_probe(job, run, f"{run.number}/{digest(service.live)}", live=True))
    return tuple(found)


def _probe(job: RunService, run: Run, identity: str, *, live: bool) -> ProbeRun:
    key: Key = ("live" if live else "health", job.service.name, job.replica)
    return ProbeRun(
        key,
        identity,
        job.service,
        job.replica,
        job.replicas,
        run.number,
        live,
        run.ports,
        job.values,
        job.folders,
        job.interpreter,
        job.image,
    )
