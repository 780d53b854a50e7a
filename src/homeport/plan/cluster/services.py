"""Decisions about services in a cluster: applied when what they need is ready, ready when their pods are."""

from collections.abc import Mapping
from functools import partial

from msgspec.structs import asdict, replace

from homeport.model.cluster_jobs import Deploy
from homeport.model.instants import Instant
from homeport.model.nodes import Service
from homeport.model.plan import Hold, Job
from homeport.model.shipped import Deployed, Updated
from homeport.model.snapshot import Snapshot
from homeport.model.view import State
from homeport.plan.cluster.applied import as_heard, decide_applied, found, without_image
from homeport.plan.cluster.case import Case, is_live
from homeport.plan.cluster.common import unprepared
from homeport.plan.cluster.delivered import delivered
from homeport.plan.cluster.forwards import Forwarded, decide_forward
from homeport.plan.cluster.images import is_held_back
from homeport.plan.cluster.link import scene_of
from homeport.plan.cluster.live import decide_live, held_back
from homeport.plan.cluster.pods import explain, follow, is_unblocking, places, unblock
from homeport.plan.cluster.way_back import unrelayed
from homeport.plan.decision import PAUSED, Decision, advised, waiting
from homeport.plan.identity import Made, digest, made_of, runs_of


def decide_workload(service: Service, see: Snapshot, decided: Mapping[str, Decision], now: Instant) -> Decision:
    """Decide about a wanted service whose place is the cluster."""
    name = service.name
    known = found(name, see, decided, now)
    if isinstance(known, Decision):
        return known
    case = Case(
        **asdict(known),
        service=service,
        identity=identity_of(service, see),
        updated=see.fact(("live-update", name, 0), Updated),
        live=is_live(service),
    )
    applied = _applied(case, decided)
    forward = decide_forward(case)
    jobs: list[Job] = [
        *applied.jobs,
        *forward.jobs,
        *follow(case),
        *decide_live(case),
        *explain(name, case.rollout, case.link.namespace, see),
        *unblock(name, case.rollout, case.link.namespace, see),
    ]
    ready = applied.ready and forward.missing is None
    return _as_reached(replace(applied, jobs=tuple(jobs), ready=ready, places=places(case)), case, forward)


def _as_reached(decision: Decision, case: Case, forward: Forwarded) -> Decision:
    """Return what is decided of a service whose pods may be well, and which all the same is not reached, or not heard."""
    missing = forward.missing
    if decision.state == "ready" and missing is not None:
        state: State = "failed" if forward.failed else "starting"
        decision = replace(decision, state=state, hold=missing, detail=missing.reason)
    if decision.state == "ready" and (closed := unrelayed(case.service.name, case.see)) is not None:
        decision = replace(decision, state="unready", hold=closed, detail=closed.reason)
    return as_heard(decision, case.link)


def identity_of(service: Service, see: Snapshot) -> str | Hold:
    """Return what a service's objects are made of, or a hold that names what is not known yet."""
    made: Made | Hold = made_of(service, see)
    if isinstance(made, Hold):
        return made
    image = delivered(service.name, "kubernetes", see)
    if isinstance(image, Hold):
        return image
    assert service.container is not None
    # Who gets other files than its image's has the helper before its command; by which rules is nothing to its objects.
    looks = (service.ready, service.live, service.container.ready, service.container.live, is_live(service))
    replicas = see.wishes.replicas.get(service.name, service.replicas)
    cascade = [runs_of(need.name, see) for need in see.needs(service.name) if need.cascade]
    turn = see.wishes.turns.get(service.name, 0)
    what = digest(made.what, image, replicas, looks, service.restart.policy, see.wishes.site, see.graph.site)
    return f"{what}/{turn}/{digest(cascade) if cascade else ''}"


def _applied(case: Case, decided: Mapping[str, Decision]) -> Decision:
    """Decide how far the objects of a service are."""
    judge = partial(_rolled_out, case)
    if isinstance(case.identity, Hold):
        return without_image(case, case.name, decided, case.identity, judge)
    done = case.deployed
    if done is not None and done.identity.partition("|")[0] == case.identity:
        return decide_applied(case, done, partial(_deploy, case), judge)
    if case.blocked is not None:
        return waiting(case.blocked)
    if (early := unprepared(decided)) is not None:
        return early
    return Decision("starting", (_deploy(case, case.identity),), detail="is being applied")


def _rolled_out(case: Case, done: Deployed) -> Decision:
    """Decide by what the cluster says of the objects that were applied last."""
    rollout = case.rollout
    if rollout is None or rollout.digest != done.digest:
        return Decision("starting", detail="was applied")
    serving = [pod for pod in rollout.pods if pod.ready and pod.current and not pod.leaving]
    fresh = [pod for pod in serving if case.is_fresh(pod)]
    enough = rollout.complete and len(fresh) == len(serving)
    ready = bool(fresh) or (rollout.complete and not rollout.wanted)
    if rollout.failure and is_unblocking(case.name, rollout, case.see):
        return Decision("starting", detail=rollout.failure, started=True, ready=ready)
    if rollout.failure:
        reason = advised(rollout.failure, rollout.hint)
        return Decision("failed", hold=Hold(reason), detail=reason, started=True, ready=ready)
    if case.live and case.updated is not None and case.updated.ended:
        # A save may have broken it: the helper starts it again, and the cluster sees no more than a pod that is not ready.
        ended = f"after an update of its files {case.updated.ended}; see its last lines"
        return Decision("restarting", hold=Hold(ended), detail=ended, started=True, ready=ready)
    updated = case.updated if case.live and rollout.complete else None
    missed = advised(updated.error, updated.hint) if updated is not None and updated.error else ""
    if enough:
        return Decision("ready" if rollout.wanted else "stopped", started=True, ready=ready,
                        detail="" if rollout.wanted else "scaled to no replicas",
                        stale=PAUSED if _is_held_back(case) else "")  # fmt: skip
    detail = missed or rollout.detail or ("files are being brought up to date" if rollout.complete else "")
    return Decision("failed" if missed else "starting", detail=detail, started=True, ready=ready,
                    hold=Hold(detail) if missed else None)  # fmt: skip


def _is_held_back(case: Case) -> bool:
    """Whether a pause holds back saves: of what the image is made from, or of files that its pods get without another one."""
    image = case.see.graph.image_of.get(case.name)
    return (image is not None and is_held_back(image, case.see)) or (
        case.live and held_back(case.name, case.updated, case.see)
    )


def _deploy(case: Case, identity: str) -> Deploy:
    """Return the job that applies a service. Its pods roll for a turn, and for needs that were replaced.

    Turns, and runs of this machine, are counted anew in each house; what needs in the cluster are is known to all houses.
    """
    see, name = case.see, case.service.name
    turn = see.wishes.turns.get(name, 0)
    _, _, said = identity.partition("|")[0].partition("/")
    cascade = [need.name for need in see.needs(name) if need.cascade]
    if turn or any(see.place(need) != "kubernetes" for need in cascade):
        said = f"{see.house}/{said}"
    elif not cascade:
        said = ""
    key = ("deploy", name, 0)
    return Deploy(key, identity, name, scene_of(see, case.link, (name,)), said, force=bool(turn))
