"""Decisions about files that are kept up to date in pods."""

from homeport.model.cluster_jobs import Live, LivePod
from homeport.model.facts import Changed
from homeport.model.shipped import Imaged, Updated
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.case import Case, live_id, own_container
from homeport.plan.cluster.images import image_key, node_of
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
    saves = see.fact(("changed", live_name(service.name, see), 0), Changed)
    rules = service.container.image.update
    job = Live(
        ("live-update", service.name, 0),
        digest(rules, case.link.namespace, case.link.identity, service.stop),
        service.name,
        own.name if own is not None else service.name,
        see.graph.image_of.get(service.name, ""),
        rules,
        service.stop.grace,
        service.stop.signal,
        saves.seq if saves is not None else 0,
        pods,
        paused=see.wishes.is_paused(service.name),
    )
    return (job,)


def held_back(user: str, updated: Updated | None, see: Snapshot) -> bool:
    """Whether a pause holds back saves that pods of a node, or of one of its images, get without another image."""
    saves = see.fact(("changed", live_name(user, see), 0), Changed)
    return saves is not None and see.wishes.is_paused(node_of(user)) and (updated is None or saves.seq > updated.upto)


def _unknown(name: str, see: Snapshot) -> bool:
    """Whether nobody knows yet what the image has: what is in its pods, which an earlier house may have left, neither."""
    image = see.graph.image_of.get(name)
    made = see.fact(image_key(image, "kubernetes"), Imaged) if image is not None else None
    return image is not None and (made is None or not (made.name or made.error))
