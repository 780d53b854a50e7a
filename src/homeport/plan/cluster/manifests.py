"""Decisions about objects of the user's own: read and applied when what they need is ready, ready when the cluster says so."""

from collections import Counter
from collections.abc import Mapping
from functools import partial

from msgspec.structs import asdict, replace

from homeport.model.cluster_jobs import DeployManifests
from homeport.model.facts import Changed
from homeport.model.instants import Instant
from homeport.model.manifests import Manifests, image_key
from homeport.model.parts import Where
from homeport.model.plan import Hold, Job
from homeport.model.shipped import Deployed
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.applied import Applied, as_heard, decide_applied, failed, found, without_image
from homeport.plan.cluster.common import unprepared
from homeport.plan.cluster.delivered import delivered
from homeport.plan.cluster.link import scene_of
from homeport.plan.cluster.opened import decide_opened
from homeport.plan.cluster.pods import explain, following, is_unblocking, shown, unblock
from homeport.plan.cluster.saves import are_held_back, decide_saves, stale_pods
from homeport.plan.decision import PAUSED, Decision, Place, advised, waiting
from homeport.plan.identity import digest, runs_of


class _Case(Applied, frozen=True):
    """The objects of one node, with what is known of them. ``stale``: pods that have older files than the sources."""

    node: Manifests
    decided: Mapping[str, Decision]
    stale: frozenset[str]
    watched: bool


def decide_manifests(
    node: Manifests, see: Snapshot, decided: Mapping[str, Decision], now: Instant, *, watched: bool
) -> Decision:
    """Decide about wanted objects of the user's own. ``watched``: whether every later save of their files is seen."""
    name = node.name
    known = found(name, see, decided, now)
    if isinstance(known, Decision):
        return known
    link, pods = known.link, known.pods
    case = _Case(**asdict(known), node=node, decided=decided, stale=stale_pods(node, pods, see), watched=watched)
    applied = _applied(case)
    opened, missing_port = decide_opened(node, link, see, case.stale) if case.deployed is not None else ((), None)
    jobs: list[Job] = [
        *applied.jobs,
        *opened,
        *following(name, pods, link.namespace, see),
        *decide_saves(node, pods, link, see),
        *explain(name, case.rollout, link.namespace, see),
        *unblock(name, case.rollout, link.namespace, see),
    ]
    decision = replace(applied, jobs=tuple(jobs), places=_places(case))
    if decision.state == "ready" and missing_port is not None:
        decision = replace(decision, state="starting", hold=missing_port, detail=missing_port.reason, ready=False)
    return as_heard(decision, link)


def _applied(case: _Case) -> Decision:
    identity = _identity(case)
    if isinstance(identity, Decision):
        return identity
    done, see, node = case.deployed, case.see, case.node
    known = done.identity.partition("|")[0] if done is not None else ""
    if done is not None and known == identity:
        return decide_applied(case, done, partial(_deploy, case), partial(_rolled_out, case))
    if done is not None and see.wishes.is_paused(node.name) and _but_saves(known) == _but_saves(identity):
        return replace(_rolled_out(case, done), stale=PAUSED) if not done.error else failed(done)
    if not case.watched:
        return waiting(Hold("its files are not watched yet"))
    if case.blocked is not None:
        return waiting(case.blocked)
    if (early := unprepared(case.decided)) is not None:
        return early
    before = _rolled_out(case, done) if done is not None and not done.error else Decision("starting")
    return replace(
        before, state="starting", hold=None, stale="", jobs=(_deploy(case, identity),), detail="is being applied"
    )


def _identity(case: _Case) -> str | Decision:
    """Return what the objects are made of; as long as an image is missing, what is decided about that one."""
    node, see = case.node, case.see
    names: list[str] = []
    for image in node.images:
        key = image_key(node.name, image)
        name = delivered(key, "kubernetes", see)
        if isinstance(name, Hold):
            return without_image(case, key, case.decided, name, partial(_rolled_out, case))
        names.append(name)
    turn = see.wishes.turns.get(node.name, 0)
    changed = see.fact(("changed", node.name, 0), Changed)
    cascade = [runs_of(need.name, see) for need in see.needs(node.name) if need.cascade]
    rules = [bool(image.update) for image in node.images.values()]
    bare = replace(node, at=Where("", 0), images={}, needs=(), ports=(), groups=())
    what = digest(bare, sorted(node.images), names, rules, cascade, see.wishes.site, see.graph.site)
    return f"{what}/{turn}/{changed.seq if changed is not None else 0}"


def _but_saves(identity: str) -> str:
    return identity.rpartition("/")[0]


def _rolled_out(case: _Case, done: Deployed) -> Decision:
    """Decide by what the cluster says of the objects that were applied last."""
    if not done.digest:
        return Decision("ready", started=True, ready=True, completed=True)
    rollout = case.rollout
    if rollout is None or Counter(done.digest.split(",")) - Counter(rollout.digest.split(",")):
        return Decision("starting", detail="was applied")
    if rollout.failure and is_unblocking(case.name, rollout, case.see):
        return Decision("starting", detail=rollout.failure, started=True)
    if rollout.failure:
        reason = advised(rollout.failure, rollout.hint)
        return Decision("failed", hold=Hold(reason), detail=reason, started=True)
    serving = {pod.name for pod in rollout.pods if pod.ready and pod.current and not pod.leaving}
    if not rollout.complete or serving & case.stale:
        detail = rollout.detail if not rollout.complete else "files are being brought up to date"
        return Decision("starting", detail=detail, started=True)
    held_back = are_held_back(case.node, case.see)
    return Decision("ready", started=True, ready=True, completed=True, stale=PAUSED if held_back else "")


def _deploy(case: _Case, identity: str) -> DeployManifests:
    node, see = case.node, case.see
    turn = see.wishes.turns.get(node.name, 0)
    keys = tuple(image_key(node.name, image) for image in node.images)
    said = f"{see.house}/{turn}" if turn else ""
    return DeployManifests(
        ("deploy", node.name, 0), identity, node, scene_of(see, case.link, keys), said, force=bool(turn)
    )


def _places(case: _Case) -> tuple[Place, ...]:
    pods = shown(case.rollout.pods) if case.rollout is not None else []
    return tuple(
        Place("ready", pod.name, ready=True)
        if pod.ready and pod.name not in case.stale
        else Place("starting", f"{pod.name}: {pod.reason}" if pod.reason else pod.name)
        for pod in pods
    )
