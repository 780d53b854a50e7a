"""Decisions about one replica: start when what it needs is ready now, keep while it is what it should be, else replace."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from homeport.model.facts import Leased, Run
from homeport.model.instants import Instant
from homeport.model.nodes import Service
from homeport.model.plan import Hold, Job, RunService
from homeport.model.snapshot import Snapshot
from homeport.plan import health, retry
from homeport.plan.decision import PAUSED, Place
from homeport.plan.identity import Made, ignoring_saves, is_of_task, own_ports, service_identity


class Case(Struct, frozen=True):
    """What is the same for all replicas of one service.

    ``made`` is a hold while its parts are not known; ``leased`` its newest ports, which may be those of other replicas then.
    ``image``: what it runs in a container of this machine.
    """

    service: Service
    see: Snapshot
    now: Instant
    replicas: int
    made: Made | Hold
    leased: Leased | None
    blocked: Hold | None
    image: str = ""


class Verdict(Struct, frozen=True):
    """What was found about one replica. ``fit``: its run is what it should be, or nothing else is wanted by now."""

    place: Place
    jobs: tuple[Job, ...] = ()
    hold: Hold | None = None
    wake: Instant | None = None
    fit: bool = False
    started: bool = False
    stale: str = ""
    serves: Mapping[str, int] = {}


def decide_replica(case: Case, replica: int, *, may_turn: bool) -> Verdict:
    """Decide about one replica. ``may_turn``: it may be replaced although it serves."""
    run = case.see.run(case.service.name, replica)
    if run is None or run.ended is not None:  # a place that is not clear yet makes the crew wait with the next run
        return _decide_absent(case, replica, run)
    dead = health.is_dead(case.service, replica, run, case.see)
    if run.stopping or is_of_task(run) or dead is not None:
        return Verdict(Place("stopping", f"liveness failed: {dead}" if dead is not None else ""))
    return _decide_alive(case, replica, run, may_turn=may_turn)


def _decide_alive(case: Case, replica: int, run: Run, *, may_turn: bool) -> Verdict:
    if isinstance(case.made, Hold):
        return _keep(case, replica, run, None)
    target = target_of(case, replica, case.made, run)
    kept = _keep(case, replica, run, case.made)
    if target == run.identity:
        paused = _fresh(case, replica, case.made) != target
        return replace(kept, stale=PAUSED) if paused else kept
    if case.blocked is not None:
        return replace(kept, fit=False, hold=case.blocked, stale=case.blocked.reason)
    if may_turn or not kept.place.ready:
        job = _job(case, replica, case.made, target, run.number + 1, 0)
        return Verdict(Place("stopping", "to start again"), jobs=(job,))
    return replace(kept, fit=False, stale="its turn in the rolling restart comes")


def _keep(case: Case, replica: int, run: Run, made: Made | None) -> Verdict:
    """Leave a run alone and look at its health."""
    service, see = case.service, case.see
    ready, wake = health.readiness(service, replica, run, see, case.now)
    job = _job(case, replica, made, run.identity, run.number, run.crashes)
    served = ready or health.was_ready(service, replica, run, see)
    jobs: tuple[Job, ...] = (job, *health.probes(job, run, served=served))
    complaint = health.complaint(service, replica, run, see)
    if ready:
        place = Place("ready", ready=True)
    elif health.was_ready(service, replica, run, see):
        place = Place("unready", complaint)
    else:
        place = Place("starting", complaint)
    return Verdict(
        place, jobs, None, wake, fit=True, started=run.started is not None, serves=run.ports if ready else {}
    )


def _decide_absent(case: Case, replica: int, run: Run | None) -> Verdict:
    service, see = case.service, case.see
    if isinstance(case.made, Hold):
        # A port that is taken is a failure to tell; what only comes later is a wait.
        told = case.leased is not None and case.leased.error is not None
        reason = case.made if told or case.blocked is None else case.blocked
        return Verdict(Place("failed" if told else "waiting", reason.reason), hold=reason)
    target = target_of(case, replica, case.made, run)
    crashes = 0
    if run is not None and run.identity == target:
        dead = health.is_dead(service, replica, run, see)
        crashes = retry.crashes_after(run, service.restart, dead)
        place = f"{service.name}/{replica}"
        hold = retry.hold_after(place, run, service.restart, crashes, see.wishes.give_up, dead)
        if hold is not None and hold.until is None:
            return Verdict(Place(retry.last_state(run, service.restart, dead), hold.reason), hold=hold)
        if hold is not None and hold.until is not None and hold.until > case.now:
            return Verdict(Place("restarting", hold.reason), hold=hold, wake=hold.until)
    if case.blocked is not None:
        return Verdict(Place("waiting", case.blocked.reason), hold=case.blocked)
    number = run.number + 1 if run is not None else 1
    return Verdict(Place("starting"), jobs=(_job(case, replica, case.made, target, number, crashes),))


def target_of(case: Case, replica: int, made: Made, run: Run | None) -> str:
    """Return the identity that a replica should have.

    A pause leaves it as it is, unless a person asked for another turn or for replicas that take its port.
    """
    fresh = _fresh(case, replica, made)
    if run is None or (run.ended is not None and run.ended.asked) or not case.see.wishes.is_paused(case.service.name):
        return fresh
    moved = run.ports != own_ports(case.leased, replica)
    return fresh if moved else ignoring_saves(run.identity, fresh)


def _fresh(case: Case, replica: int, made: Made) -> str:
    return service_identity(case.service, made, own_ports(case.leased, replica), case.see)


def _job(case: Case, replica: int, made: Made | None, identity: str, number: int, crashes: int) -> RunService:
    return RunService(
        ("run", case.service.name, replica),
        identity,
        case.service,
        replica,
        case.replicas,
        number,
        crashes,
        made.values if made else {},
        case.leased.shared if case.leased else {},
        own_ports(case.leased, replica),
        made.folders if made else (),
        case.see.graph.interpreter,
        case.image,
    )
