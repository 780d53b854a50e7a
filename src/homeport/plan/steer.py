"""The whole plan: every node decided after what it needs, and again only when something it depends on is new."""

from collections.abc import Iterable, Mapping
from typing import Final

from homeport.model.facts import Key
from homeport.model.instants import Instant
from homeport.model.manifests import Manifests, image_key
from homeport.model.nodes import Option, Service, Task, Tool
from homeport.model.plan import Hold, Job
from homeport.model.shipped import Present
from homeport.model.snapshot import Snapshot
from homeport.plan.closing import closing
from homeport.plan.cluster.around import decide_around
from homeport.plan.cluster.common import COMMON, decide_common
from homeport.plan.cluster.delivered import used_images
from homeport.plan.cluster.images import decide_image
from homeport.plan.cluster.link import decide_link, in_cluster
from homeport.plan.cluster.manifests import decide_manifests
from homeport.plan.cluster.rules import live_name
from homeport.plan.cluster.services import decide_workload
from homeport.plan.decision import Answer, Decision, behind
from homeport.plan.docker import ENGINE_NAME, bridges, decide_engine
from homeport.plan.identity import earliest
from homeport.plan.parts import decide_option, decide_tool, decide_values
from homeport.plan.services import decide_service
from homeport.plan.stack import decide_stack, is_watched
from homeport.plan.tasks import decide_task
from homeport.plan.wanted import left_out, wanted


def plan(see: Snapshot, now: Instant, before: Answer | None = None) -> Answer:
    """Answer a snapshot. ``before`` is an earlier answer, whose decisions are kept where nothing relevant changed.

    The answer is the same with and without ``before``; with it, one report among 500 nodes costs a fraction of a full plan.
    """
    if see.closing:
        return closing(see)
    decisions: dict[str, Decision] = {}
    if before is not None and before.see.closing:
        before = None
    same = before is not None and before.see.graph is see.graph and before.see.wishes is see.wishes
    # A tool that is found, or is not, moves who uses it, and so what they need.
    same = same and before is not None and _alike(see.graph.moving_tools, see, before)
    names = before.names if same and before is not None else wanted(see)
    calm = same and before is not None and _is_calm(before.see, see)
    if calm and before is not None and not _due(before.decisions[""], now) and _alike(see.graph.images, see, before):
        decisions[""] = before.decisions[""]
    else:
        decisions[""] = decide_stack(see, names, now)
    pods = in_cluster(see, names)
    _prepare(see, names, pods, before, decisions, now)
    for name in see.graph.order:
        if calm and before is not None and _stands(name, see, before, decisions, now):
            decisions[name] = before.decisions[name]
        else:
            fresh = _decide(name, see, names, decisions, now)
            # An equal decision stays the same object, so that nothing that depends on it is decided again.
            old = before.decisions.get(name) if same and before is not None else None
            decisions[name] = old if old is not None and old == fresh else fresh
    if COMMON in decisions:
        decisions[_AROUND] = decide_around(see, pods, decisions, now)
    return _together(see, names, decisions)


_PRESENT: Final = ("present", 0)
_BRIDGES: Final = "docker bridges"
_LINK: Final = "cluster link"
_AROUND: Final = "cluster around"
"""The decisions about ways out of containers, the link to the cluster, and what it needs besides; no node has such a name."""


def _prepare(
    see: Snapshot,
    names: frozenset[str],
    pods: tuple[str, ...],
    before: Answer | None,
    decisions: dict[str, Decision],
    now: Instant,
) -> None:
    """Decide about images, each after its bases, and about what all in the cluster share."""
    used = used_images(see, names)
    watched = is_watched(see, decisions[""]) if used else False
    for name, place in used:
        decisions[f"{name} {place}"] = decide_image(name, place, used[name, place], see, now, watched=watched)
    engine = decide_engine(see, names, now)
    if engine is not None:
        decisions[ENGINE_NAME] = engine
    if crossing := bridges(see, names):
        decisions[_BRIDGES] = Decision("ready", crossing)
    if pods or see.fact(("present", "", 0), Present) is not None:
        decisions[_LINK] = Decision("ready", decide_link(see, pods))
        decisions[COMMON] = decide_common(see, pods, now)
    for name in (*(f"{name} {place}" for name, place in used), COMMON):
        old = before.decisions.get(name) if before is not None else None
        if old is not None and old == decisions.get(name):
            decisions[name] = old


def _is_calm(before: Snapshot, see: Snapshot) -> bool:
    """Whether all that is known of no node in particular stays, but for what is there of each node in the cluster."""
    old, new = before.facts.get("", {}), see.facts.get("", {})
    if old is new:
        return True
    return old.keys() == new.keys() and all(kept is new[key] or key == _PRESENT for key, kept in old.items())


def _there(name: str, see: Snapshot) -> tuple[str, ...]:
    present = see.fact(("present", "", 0), Present)
    return present.nodes.get(name, ()) if present is not None else ()


def _stands(name: str, see: Snapshot, before: Answer, decisions: Mapping[str, Decision], now: Instant) -> bool:
    """Whether an earlier decision still holds: same facts, same decisions about its needs, and its time has not come."""
    earlier = before.decisions[name]
    if before.see.facts.get(name) is not see.facts.get(name) or _due(earlier, now):
        return False
    for need in see.needs(name):
        if before.decisions.get(need.name) is not decisions.get(need.name):
            return False
        if before.see.facts.get(need.name) is not see.facts.get(need.name):
            return False
    return _alike(see.graph.soft[name], see, before) and _stands_away(name, see, before, decisions)


def _stands_away(name: str, see: Snapshot, before: Answer, decisions: Mapping[str, Decision]) -> bool:
    """Whether nothing is new of a node that only matters where it is no program of this machine."""
    if name not in see.graph.contained and not isinstance(see.graph.nodes[name], Manifests):
        return True
    if _there(name, before.see) != _there(name, see):
        return False
    if any(before.decisions.get(need.name) is not decisions.get(need.name) for need in behind(name, see)):
        return False
    users = _users(name, see)
    images = [image for user in users if (image := see.graph.image_of.get(user)) is not None]
    prepared = (COMMON, *(f"{image} {place}" for image in images for place in ("docker", "kubernetes")))
    if any(before.decisions.get(each) is not decisions.get(each) for each in prepared):
        return False
    return _alike((*images, *(live_name(user, see) for user in users)), see, before)


def _users(name: str, see: Snapshot) -> tuple[str, ...]:
    """Return by which names the images of a node are known."""
    node = see.graph.nodes[name]
    return tuple(image_key(name, image) for image in node.images) if isinstance(node, Manifests) else (name,)


def _alike(names: Iterable[str], see: Snapshot, before: Answer) -> bool:
    """Whether nothing is new about any of these."""
    return all(before.see.facts.get(name) is see.facts.get(name) for name in names)


def _due(decision: Decision, now: Instant) -> bool:
    return decision.wake is not None and decision.wake <= now


def _decide(name: str, see: Snapshot, names: frozenset[str], decided: Mapping[str, Decision], now: Instant) -> Decision:
    node = see.graph.nodes[name]
    if name not in names:
        if isinstance(node, Service | Task | Manifests):
            return left_out(name, see)
        return Decision("stopped", detail="nothing that runs uses it")
    match node:
        case Service() if see.place(name) == "kubernetes":
            return decide_workload(node, see, decided, now)
        case Service():
            return decide_service(node, see, decided, now)
        case Task():
            return decide_task(node, see, decided)
        case Tool():
            return decide_tool(node, see)
        case Option():
            return decide_option(node, see)
        case Manifests():
            return decide_manifests(node, see, decided, now, watched=is_watched(see, decided[""]))
        case _:
            return decide_values(node, see)


def _together(see: Snapshot, names: frozenset[str], decisions: dict[str, Decision]) -> Answer:
    jobs: dict[Key, Job] = {}
    holds: dict[str, Hold] = {}
    wake: Instant | None = None
    slots = see.wishes.jobs
    waiting: list[str] = []
    for name, decision in decisions.items():
        for job in decision.jobs:
            jobs[job.key] = job
        slots -= decision.busy
        if decision.slot is not None:
            waiting.append(name)
        elif decision.hold is not None:
            holds[name] = decision.hold
        if decision.wake is not None:
            wake = earliest(wake, decision.wake)
    for name in waiting:
        decision = decisions[name]
        if slots > 0 and decision.slot is not None:
            slots -= 1
            jobs[decision.slot.key] = decision.slot
        elif decision.hold is not None:
            holds[name] = decision.hold
    return Answer(see, decisions, jobs, holds, wake, names)
