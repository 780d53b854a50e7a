"""Decisions about services: start when what it needs is ready now, keep while it is what it should be, replace in turn."""

from collections.abc import Mapping

from msgspec import Struct

from homeport.model.facts import Instant, Key, Leased, Run
from homeport.model.nodes import Service
from homeport.model.plan import Front, Hold, Job, RunService
from homeport.model.snapshot import Snapshot
from homeport.model.view import State
from homeport.plan import health, retry
from homeport.plan.decision import Decision, Place, unmet
from homeport.plan.identity import (
    Made,
    digest,
    earliest,
    ignoring_saves,
    lease_identity,
    made_of,
    own_ports,
    service_identity,
)


class _Case(Struct, frozen=True):
    """What is the same for all replicas of one service."""

    service: Service
    see: Snapshot
    now: Instant
    replicas: int
    made: Made | Hold
    leased: Leased | None
    blocked: Hold | None


class _Verdict(Struct, frozen=True):
    """What was found about one replica. ``fit``: its run is what it should be; ``outdated``: alive, but it should be another."""

    place: Place
    jobs: tuple[Job, ...] = ()
    hold: Hold | None = None
    wake: Instant | None = None
    fit: bool = False
    outdated: bool = False
    started: bool = False
    stale: str = ""


def decide_service(service: Service, see: Snapshot, decided: Mapping[str, Decision], now: Instant) -> Decision:
    """Decide about all replicas of a wanted service."""
    replicas = see.wishes.replicas.get(service.name, service.replicas)
    leased = see.ports(service.name)
    if leased is not None and leased.identity != lease_identity(service, replicas):
        leased = None
    made: Made | Hold = made_of(service, see)
    if service.ports and leased is None:
        made = Hold("waiting for its ports")
    elif leased is not None and leased.error:
        made = Hold(leased.error)
    blocked = unmet(see.graph.needs[service.name], decided)
    case = _Case(service, see, now, replicas, made, leased, blocked)
    turning = _first_outdated(case)
    verdicts = [_decide_replica(case, replica, may_turn=turning in (None, replica)) for replica in range(replicas)]
    return _together(case, verdicts)


def _first_outdated(case: _Case) -> int | None:
    """Return the one replica that may be replaced now while others serve, or None when all may (nothing serves anyway)."""
    if case.replicas == 1 or isinstance(case.made, Hold):
        return None
    serving, outdated, missing = 0, None, False
    for replica in range(case.replicas):
        run = case.see.run(case.service.name, replica)
        ready = run is not None and health.readiness(case.service, replica, run, case.see, case.now)[0]
        target = _target(case, replica, case.made, run)
        serving += ready
        if run is not None and run.alive and run.identity != target:
            outdated = replica if outdated is None else outdated
        elif not ready:
            missing = True
    if not serving:
        return None
    return -1 if missing and outdated is not None else outdated


def _target(case: _Case, replica: int, made: Made, run: Run | None) -> str:
    fresh = service_identity(case.service, made, own_ports(case.leased, replica), case.see)
    if run is not None and run.alive and case.see.wishes.is_paused(case.service.name):
        return ignoring_saves(run.identity, fresh)
    return fresh


def _decide_replica(case: _Case, replica: int, *, may_turn: bool) -> _Verdict:
    run = case.see.run(case.service.name, replica)
    if run is not None and run.alive:
        return _decide_alive(case, replica, run, may_turn=may_turn)
    return _decide_absent(case, replica, run)


def _decide_alive(case: _Case, replica: int, run: Run, *, may_turn: bool) -> _Verdict:
    service, see = case.service, case.see
    if (dead := health.is_dead(service, replica, run, see)) is not None:
        return _Verdict(Place("stopping", f"liveness failed: {dead}"))
    if isinstance(case.made, Hold):
        return _keep(case, replica, run, None, stale="")
    target = _target(case, replica, case.made, run)
    if target != run.identity:
        if case.blocked is not None:
            return _keep(case, replica, run, case.made, stale=case.blocked.reason)
        ready = health.readiness(service, replica, run, see, case.now)[0]
        if may_turn or not ready:
            job = _job(case, replica, case.made, target, run.number + 1, 0)
            return _Verdict(Place("stopping", "to start again"), jobs=(job,))
        return _keep(case, replica, run, case.made, stale="its turn in the rolling restart comes")
    kept = _keep(case, replica, run, case.made, stale="")
    fresh = service_identity(service, case.made, own_ports(case.leased, replica), see)
    if fresh != run.identity and not kept.outdated:
        return _Verdict(
            kept.place, kept.jobs, kept.hold, kept.wake, kept.fit, kept.outdated, kept.started, "paused: changes wait"
        )
    return kept


def _keep(case: _Case, replica: int, run: Run, made: Made | None, *, stale: str) -> _Verdict:
    """Leave a run alone. With ``stale`` it should be another, but not now."""
    service, see = case.service, case.see
    ready, wake = health.readiness(service, replica, run, see, case.now)
    job = _job(case, replica, made, run.identity, run.number, run.crashes)
    jobs: list[Job] = [job, *health.probes(job, run)]
    fit = not stale
    complaint = health.complaint(service, replica, run, see)
    if ready:
        place = Place("ready", settled=fit, ready=True)
    elif run.started is not None and health.was_ready(service, replica, run, see):
        place = Place("unready", complaint, settled=fit)
    else:
        place = Place("starting", complaint, settled=fit)
    return _Verdict(place, tuple(jobs), None, wake, fit, not fit, run.started is not None, stale)


def _decide_absent(case: _Case, replica: int, run: Run | None) -> _Verdict:
    service, see = case.service, case.see
    if isinstance(case.made, Hold):
        # A port that is taken or a missing program is a failure to tell; what only comes later is a wait.
        told = case.leased is not None and case.leased.error is not None
        reason = case.made if told or case.blocked is None else case.blocked
        return _Verdict(Place("failed" if told else "waiting", reason.reason), hold=reason)
    target = _target(case, replica, case.made, None)
    crashes = 0
    if run is not None and run.identity == target:
        dead = health.is_dead(service, replica, run, see)
        crashes = retry.crashes_after(run, service.restart, dead)
        hold = retry.hold_after(run, service.restart, crashes, see.wishes.give_up, dead)
        if hold is not None and hold.until is None:
            ok = run.ended is not None and run.ended.ok and service.restart.policy == "on-failure"
            return _Verdict(Place("stopped" if ok else "failed", hold.reason), hold=hold)
        if hold is not None and hold.until is not None and hold.until > case.now:
            return _Verdict(Place("restarting", hold.reason), hold=hold, wake=hold.until)
    if case.blocked is not None:
        return _Verdict(Place("waiting", case.blocked.reason), hold=case.blocked)
    number = run.number + 1 if run is not None else 1
    return _Verdict(Place("starting"), jobs=(_job(case, replica, case.made, target, number, crashes),))


def _job(case: _Case, replica: int, made: Made | None, identity: str, number: int, crashes: int) -> RunService:
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
    )


_WORST: tuple[State, ...] = (
    "failed",
    "restarting",
    "unready",
    "stopping",
    "building",
    "starting",
    "waiting",
    "stopped",
    "ready",
)


def _together(case: _Case, verdicts: list[_Verdict]) -> Decision:
    if not verdicts:
        return Decision("stopped", detail="scaled to no replicas", completed=False)
    worst = min(verdicts, key=lambda verdict: _WORST.index(verdict.place.state))
    serving = [verdict for verdict in verdicts if verdict.place.ready and verdict.fit]
    hold = next((verdict.hold for verdict in verdicts if verdict.hold is not None), None)
    jobs = [job for verdict in verdicts for job in verdict.jobs]
    if (front := _front(case, verdicts)) is not None:
        jobs.append(front)
    return Decision(
        worst.place.state,
        tuple(jobs),
        hold,
        earliest(*(verdict.wake for verdict in verdicts)),
        started=any(verdict.started and verdict.fit for verdict in verdicts),
        ready=bool(serving),
        detail=worst.place.detail,
        places=tuple(verdict.place for verdict in verdicts),
        stale=next((verdict.stale for verdict in verdicts if verdict.stale), ""),
    )


def _front(case: _Case, verdicts: list[_Verdict]) -> Front | None:
    leased = case.leased
    if case.replicas < 2 or leased is None or not leased.shared or leased.error:
        return None
    ready = [replica for replica, verdict in enumerate(verdicts) if verdict.place.ready]
    targets = {port: tuple(leased.own[replica][port] for replica in ready) for port in leased.shared}
    key: Key = ("front", case.service.name, 0)
    return Front(key, digest(sorted(leased.shared.items())), case.service.name, leased.shared, targets)
