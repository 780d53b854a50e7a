"""Decisions about files that are kept up to date in pods of the user's own objects, by the rules of each of their images."""

from collections.abc import Iterator, Sequence

from homeport.model.cluster_jobs import Live, LivePod
from homeport.model.containers import Image, Sync
from homeport.model.manifests import Manifests, image_key
from homeport.model.parts import Stop
from homeport.model.plan import Hold
from homeport.model.rollouts import ContainerSeen, Linked, PodSeen
from homeport.model.shipped import Updated
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.delivered import delivered
from homeport.plan.cluster.live import held_back, kept_job


def decide_saves(node: Manifests, pods: Sequence[PodSeen], link: Linked, see: Snapshot) -> list[Live]:
    """Return the jobs that keep files up to date, one for each image with rules of which containers run."""
    return [
        job for at, key, image in _with_rules(node) if (job := _job(node, at, key, image, pods, link, see)) is not None
    ]


def stale_pods(node: Manifests, pods: Sequence[PodSeen], see: Snapshot) -> frozenset[str]:
    """Return the pods that have older files than the sources."""
    found: set[str] = set()
    for at, key, _image in _with_rules(node):
        updated = see.fact(("live-update", node.name, at), Updated)
        fresh = updated.pods if updated is not None else ()
        found |= {pod.name for pod, each in _running(key, pods, see) if _id(pod, each) not in fresh}
    return frozenset(found)


def are_held_back(node: Manifests, see: Snapshot) -> bool:
    """Whether a pause holds back saves that the pods would get."""
    places = ((key, see.fact(("live-update", node.name, at), Updated)) for at, key, _image in _with_rules(node))
    return any(held_back(key, updated, see) for key, updated in places)


def _with_rules(node: Manifests) -> Iterator[tuple[int, str, Image]]:
    for at, (name, image) in enumerate(node.images.items()):
        if any(isinstance(each, Sync) for each in image.update):
            yield at, image_key(node.name, name), image


def _running(key: str, pods: Sequence[PodSeen], see: Snapshot) -> Iterator[tuple[PodSeen, ContainerSeen]]:
    """Yield the containers that run an image as it is by now, and will run on: what runs once has read its files."""
    name = delivered(key, "kubernetes", see)
    for pod in pods:
        if pod.once:
            continue
        for each in pod.containers:
            if not isinstance(name, Hold) and each.image == name and each.state == "running" and not pod.leaving:
                yield pod, each


def _id(pod: PodSeen, container: ContainerSeen) -> str:
    return f"{pod.uid}/{container.name}/{container.restarts}"


def _job(
    node: Manifests, at: int, key: str, image: Image, pods: Sequence[PodSeen], link: Linked, see: Snapshot
) -> Live | None:
    running = tuple(LivePod(pod.name, _id(pod, each), each.image, each.name) for pod, each in _running(key, pods, see))
    place = ("live-update", node.name, at)
    if not running and see.fact(place, Updated) is None:
        return None
    return kept_job(place, "", key, image, Stop(), running, link, see)
