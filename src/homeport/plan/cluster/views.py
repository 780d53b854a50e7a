"""Services in a cluster as people see them: pods are their replicas."""

from collections.abc import Iterable

from msgspec.structs import replace

from homeport.model.forwards import Followed
from homeport.model.manifests import Manifests
from homeport.model.manifests import image_key as name_in
from homeport.model.nodes import Node, Service
from homeport.model.rollouts import PodSeen, Rollout
from homeport.model.shipped import Deployed, Imaged, Updated
from homeport.model.snapshot import Snapshot
from homeport.model.view import NodeView, ReplicaView
from homeport.plan.cluster.case import own_container
from homeport.plan.cluster.clearing import unremoved
from homeport.plan.cluster.delivered import image_key
from homeport.plan.cluster.pods import explanation, shown
from homeport.plan.decision import Decision, advised


def pods_view(view: NodeView, service: Service, decision: Decision, see: Snapshot) -> NodeView:
    """Return the view of a service whose place is the cluster."""
    rollout = see.fact(("rollout", service.name, 0), Rollout)
    made = see.fact(image_key(see.graph.image_of.get(service.name, ""), "kubernetes"), Imaged)
    updated = see.fact(("live-update", service.name, 0), Updated)
    pods = shown(rollout.pods) if rollout is not None else []
    replicas = tuple(_replica(at, pod, service, decision) for at, pod in enumerate(pods) if at < len(decision.places))
    others = rollout.note if rollout is not None else ""
    notes = [
        view.note,
        others,
        updated.note if updated is not None else "",
        updated.shown if updated is not None else "",
    ]
    return replace(
        view,
        groups=service.groups,
        component=service.component,
        since=max((pod.since for pod in pods), default=0.0),
        ready_since=0.0,
        restarts=sum(_restarts(pod, service) for pod in pods),
        ready_replicas=sum(place.ready for place in decision.places),
        wanted_replicas=rollout.wanted if rollout is not None else 0,
        replicas=replicas,
        tail=_tail(made, service, decision, see),
        note="; ".join(part for part in notes if part),
        manual=not service.starts,
        place="kubernetes",
        stale=view.stale or _stale(service, rollout, [updated], see),
    )


def manifests_view(view: NodeView, node: Manifests, decision: Decision, see: Snapshot) -> NodeView:
    """Return the view of objects of the user's own."""
    name = node.name
    rollout, done = see.fact(("rollout", name, 0), Rollout), see.fact(("deploy", name, 0), Deployed)
    leased = see.ports(name)
    updates = [see.fact(("live-update", name, at), Updated) for at in range(len(node.images))]
    pods = shown(rollout.pods) if rollout is not None else []
    told = [text for each in updates if each is not None for text in (each.note, each.shown)]
    return replace(
        view,
        groups=node.groups,
        since=max((pod.since for pod in pods), default=0.0),
        restarts=sum(each.restarts for pod in pods for each in pod.containers),
        ready_replicas=sum(place.ready for place in decision.places),
        # A Job that succeeded has no pods any more.
        wanted_replicas=0 if rollout is None else len(pods) if rollout.complete else rollout.wanted,
        replicas=tuple(
            ReplicaView(at, place.state, 1, None, pod.since, {}, place.detail)
            for at, (pod, place) in enumerate(zip(pods, decision.places, strict=False))
        ),
        ports=dict(leased.shared) if leased is not None else {},
        tail=explanation(name, see) if decision.state == "failed" else (),
        note="; ".join(part for part in (view.note, done.note if done is not None else "", *told) if part),
        place="kubernetes",
        stale=view.stale or _stale(node, rollout, updates, see),
    )


def told_there(name: str, see: Snapshot, *, wanted: bool) -> tuple[str, ...]:
    """Return what goes wrong beside the pods of a node: logs that cannot be read, and objects that cannot be removed."""
    logs = (fact.error for fact in see.facts.get(name, {}).values() if isinstance(fact, Followed))
    unread = next((f"its log is not copied: {error}" for error in logs if error), "")
    return tuple(filter(None, (unread, unremoved(name, see, wanted=wanted))))


def tried(node: Node, see: Snapshot) -> int:
    """Return how often an image of a node could not be made in a row, where it is tried again."""
    place = see.place(node.name)
    facts = [see.fact(image_key(image, place), Imaged) for image in images_of(node, see)] if place != "here" else []
    return max((made.tries for made in facts if made is not None), default=0)


def images_of(node: Node, see: Snapshot) -> tuple[str, ...]:
    """Return the images that are made for a node."""
    users = [name_in(node.name, image) for image in node.images] if isinstance(node, Manifests) else [node.name]
    return tuple(see.graph.image_of[user] for user in users if user in see.graph.image_of)


def _stale(node: Service | Manifests, rollout: Rollout | None, updates: Iterable[Updated | None], see: Snapshot) -> str:
    """Return why what serves is older than its sources."""
    if rollout is None or not rollout.serving:
        return ""
    images = (see.fact(image_key(image, "kubernetes"), Imaged) for image in images_of(node, see))
    if unmade := next((made.error for made in images if made is not None and made.error), ""):
        return f"its image is older than its sources: {unmade}"
    older = next((advised(each.error, each.hint) for each in updates if each is not None and each.error), "")
    return f"its files are older than their sources: {older}" if older else ""


def _replica(at: int, pod: PodSeen, service: Service, decision: Decision) -> ReplicaView:
    place = decision.places[at]
    return ReplicaView(at, place.state, _restarts(pod, service) + 1, None, pod.since, {}, place.detail)


def _restarts(pod: PodSeen, service: Service) -> int:
    own = own_container(pod, service.name)
    return own.restarts if own is not None else 0


def _tail(made: Imaged | None, service: Service, decision: Decision, see: Snapshot) -> tuple[str, ...]:
    """Return the builder's last lines while a failed build keeps older pods running, or none from starting."""
    if made is not None and made.error:
        return made.tail
    return explanation(service.name, see) if decision.state == "failed" else ()
