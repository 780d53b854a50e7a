"""A pod as the cluster has it becomes a pod as we tell it."""

from collections.abc import Iterator
from typing import Any

from homeport.model.rollouts import DIGEST, ContainerSeen, PodSeen, State
from homeport.ports.cluster import Manifest
from homeport.work.seen.events import seconds


def statuses(pod: Manifest) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield the statuses of the containers, and whether each prepares the others: those first."""
    status = pod.get("status") or {}
    for each in status.get("initContainerStatuses") or ():
        yield each, True
    for each in status.get("containerStatuses") or ():
        yield each, False


def condition(made: Manifest, kind: str) -> dict[str, Any]:
    """Return a condition of an object, an empty one when it does not say."""
    for each in (made.get("status") or {}).get("conditions") or ():
        if each.get("type") == kind:
            return dict(each)
    return {}


def is_true(made: Manifest, kind: str) -> bool:
    """Whether a condition holds."""
    return condition(made, kind).get("status") == "True"


def has_ended(pod: Manifest) -> bool:
    """Whether nothing of a pod will run again."""
    return (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}


def is_leaving(pod: Manifest) -> bool:
    """Whether a pod is being deleted."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def is_ready(pod: Manifest) -> bool:
    """Whether a pod takes connections, and goes on doing so."""
    return is_true(pod, "Ready") and not is_leaving(pod)


def was_ready(pod: Manifest) -> bool:
    """Whether a pod may have been ready once: one that was not is as unready as at its very beginning."""
    status, told = pod.get("status") or {}, condition(pod, "Ready")
    if status.get("phase") == "Pending":
        return False
    begun, turned = status.get("startTime"), told.get("lastTransitionTime")
    return told.get("status") != "False" or not begun or not turned or seconds(turned) > seconds(begun) + 1


def digest_of(made: Manifest) -> str:
    """Return what an object, or a template of pods, was made of; ``""`` when it does not say."""
    annotations: dict[str, str] = (made.get("metadata") or {}).get("annotations") or {}
    return annotations.get(DIGEST, "")


def seen(pod: Manifest, reason: str, *, current: bool) -> PodSeen:
    """Return the pod as it is told; ``reason`` says why it is not ready."""
    meta, spec = pod["metadata"], pod.get("spec") or {}
    # The status has the name that the runtime knows it by, which may be another.
    described = (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))
    images = {each["name"]: each.get("image", "") for each in described}
    return PodSeen(
        name=meta["name"],
        uid=meta.get("uid", ""),
        ready=is_ready(pod),
        leaving=is_leaving(pod) or has_ended(pod),
        current=current,
        containers=tuple(_container(each, init, images.get(each["name"], "")) for each, init in statuses(pod)),
        reason=reason,
        since=seconds(meta.get("creationTimestamp")),
        once=(pod.get("spec") or {}).get("restartPolicy", "Always") != "Always",
    )


def _container(status: dict[str, Any], init: bool, image: str) -> ContainerSeen:
    now: dict[str, Any] = status.get("state") or {}
    last = now.get("terminated") or (status.get("lastState") or {}).get("terminated") or {}
    state: State = "running" if "running" in now else "ended" if "terminated" in now else "waiting"
    return ContainerSeen(
        name=status["name"],
        state=state,
        restarts=status.get("restartCount", 0),
        code=last.get("exitCode"),
        init=init,
        image=image,
    )
