"""Decisions about services: what follows for the whole from the decisions about its replicas."""

from collections.abc import Mapping
from typing import Final

from homeport.model.facts import Fronting
from homeport.model.forwards import Forwarding
from homeport.model.instants import Instant
from homeport.model.nodes import Service
from homeport.model.plan import Hold
from homeport.model.snapshot import Snapshot
from homeport.model.view import State
from homeport.plan.decision import Decision, unmet
from homeport.plan.docker import as_container, unbridged, with_image, without_engine
from homeport.plan.fronts import Fronted, decide_front
from homeport.plan.identity import earliest, lease_identity, made_of
from homeport.plan.replica import Case, Verdict, decide_replica
from homeport.plan.rolling import may_turn

_WORST: Final[tuple[State, ...]] = (
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


def decide_service(service: Service, see: Snapshot, decided: Mapping[str, Decision], now: Instant) -> Decision:
    """Decide about all replicas of a wanted service."""
    replicas = see.wishes.replicas.get(service.name, service.replicas)
    leased = see.ports(service.name)
    made, image = with_image(made_of(service, see), service.name, see)
    if see.place(service.name) == "docker":
        service = as_container(service)
    if service.ports and (leased is None or leased.identity != lease_identity(service, replicas)):
        made = Hold("waiting for its ports")
    elif leased is not None and leased.error:
        made = Hold(leased.error)
    blocked = (
        unmet(see.needs(service.name), decided)
        or _still_away(service.name, see)
        or without_engine(service, see)
        or unbridged(service.name, see)
    )
    case = Case(service, see, now, replicas, made, leased, blocked, image)
    turning = may_turn(case)
    verdicts = [decide_replica(case, replica, may_turn=replica in turning) for replica in range(replicas)]
    return _together(case, verdicts)


def _still_away(name: str, see: Snapshot) -> Hold | None:
    """Return why a service that moved here must wait: its ports lead into the cluster until their forward has ended."""
    forward, bridge = see.fact(("forward", name, 0), Forwarding), see.fact(("bridge", name, 0), Fronting)
    if forward is not None and forward.identity:
        return Hold("its forward into the cluster is ending")
    # As a container it has its ports published where its bridge listens while it is none.
    taken = see.place(name) == "docker" and bridge is not None and bridge.identity
    return Hold("its way for containers is ending") if taken else None


def _together(case: Case, verdicts: list[Verdict]) -> Decision:
    leaving = any(replica >= case.replicas for replica in case.see.alive(case.service.name))
    if not verdicts:
        return Decision("stopping" if leaving else "stopped", detail="scaled to no replicas")
    worst = min(verdicts, key=lambda verdict: _WORST.index(verdict.place.state))
    fronted = decide_front(case, verdicts)
    state, detail = _seen_from_outside(worst, fronted)
    stale = next((verdict.stale for verdict in verdicts if verdict.stale), "")
    jobs = [job for verdict in verdicts for job in verdict.jobs]
    return Decision(
        state,
        (*jobs, fronted.job) if fronted.job is not None else tuple(jobs),
        next((verdict.hold for verdict in verdicts if verdict.hold is not None), fronted.missing),
        earliest(*(verdict.wake for verdict in verdicts)),
        started=any(verdict.started and verdict.fit for verdict in verdicts),
        ready=fronted.missing is None and any(verdict.place.ready and verdict.fit for verdict in verdicts),
        detail=detail,
        places=tuple(verdict.place for verdict in verdicts),
        stale=stale or ("a replica that is not wanted any more is stopping" if leaving else ""),
    )


def _seen_from_outside(worst: Verdict, fronted: Fronted) -> tuple[State, str]:
    """Return the state and detail of a service: where all replicas are ready, it still takes an open address."""
    if worst.place.state == "ready" and fronted.missing is not None:
        return "failed" if fronted.failed else "starting", fronted.missing.reason
    return worst.place.state, worst.place.detail
