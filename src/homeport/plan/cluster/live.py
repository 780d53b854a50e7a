"""Decisions about files that are kept up to date in pods."""

from homeport.model.cluster_jobs import Live, LivePod
from homeport.model.containers import Image
from homeport.model.facts import Changed, Key
from homeport.model.parts import Stop
from homeport.model.rollouts import Linked
from homeport.model.shipped import Imaged, Updated
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.case import Case, live_id, own_container
from homeport.plan.cluster.delivered import image_key, node_of
from homeport.plan.cluster.rules import live_name
from homeport.plan.identity import digest


def decide_live(case: Case) -> tuple[Live, ...]:
    """Return the job that keeps the files of a service's pods like the sources, from the first pod that runs.

    It goes on while none does: what is collected by a pause, and what pods have, is not forgotten when one starts anew.
    """
    service, see = case.service, case.see
    pods = tuple(
        LivePod(pod.name, live_id(pod, service.name), own.image)
        for pod in case.pods
        if not pod.leaving and (own := own_container(pod, service.name)) is not None and own.state == "running"
    )
    if not case.live or service.container is None:
        return ()
    if case.updated is None and (not pods or _unknown(service.name, see)):
        return ()
    own = next((own_container(pod, service.name) for pod in case.pods if pods and pod.name == pods[0].name), None)
    name = own.name if own is not None else service.name
    key = ("live-update", service.name, 0)
    return (kept_job(key, name, service.name, service.container.image, service.stop, pods, case.link, see),)


def kept_job(
    key: Key,
    container: str,
    user: str,
    image: Image,
    stop: Stop,
    pods: tuple[LivePod, ...],
    link: Linked,
    see: Snapshot,
) -> Live:
    """Return the job that keeps files in pods like the sources by the rules of an image. ``user``: whose image it is."""
    node = key[1]
    saves = see.fact(("changed", live_name(user, see), 0), Changed)
    return Live(
        key,
        digest(image.update, link.namespace, link.identity, stop),
        node,
        container,
        see.graph.image_of.get(user, "" if user == node else user),
        image.update,
        stop.grace,
        stop.signal,
        saves.seq if saves is not None else 0,
        pods,
        paused=see.wishes.is_paused(node),
    )


def held_back(user: str, updated: Updated | None, see: Snapshot) -> bool:
    """Whether a pause holds back saves that pods of a node, or of one of its images, get without another image."""
    saves = see.fact(("changed", live_name(user, see), 0), Changed)
    return saves is not None and see.wishes.is_paused(node_of(user)) and (updated is None or saves.seq > updated.upto)


def _unknown(name: str, see: Snapshot) -> bool:
    """Whether nobody knows yet what the image has: what is in its pods, which an earlier house may have left, neither."""
    image = see.graph.image_of.get(name)
    made = see.fact(image_key(image, "kubernetes"), Imaged) if image is not None else None
    return image is not None and (made is None or not (made.name or made.error))
