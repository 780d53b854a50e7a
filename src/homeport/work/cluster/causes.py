"""Why a pod does not get ready by itself: told at once, instead of after a time limit.

Each sentence begins with its subject and holds what the kubelet, the registry or the scheduler said; the hint is one next
step. What passes by itself is no cause: it is ``doing``.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from homeport.model.rollouts import Tail
from homeport.ports.cluster import Manifest
from homeport.work.cluster import containers, wording
from homeport.work.cluster.seeing import condition, has_ended, is_leaving, is_true, statuses
from homeport.work.seen.events import Happening


class Cause(Struct, frozen=True):
    """A sentence, what to do next, and whose last lines explain it. ``blocking``: the earlier pod that is in the way."""

    what: str
    hint: str = ""
    tail: Tail | None = None
    blocking: str = ""


class Case(Struct, frozen=True):
    """A pod that is not ready, what happened to it, and the volume claims of its node with what happened to them."""

    pod: Manifest
    events: Sequence[Happening] = ()
    claims: Sequence[tuple[Manifest, Sequence[Happening]]] = ()


def cause_of(case: Case) -> Cause | None:
    """Return why a pod that is not ready does not get there, or None while it may."""
    if is_leaving(case.pod) or is_true(case.pod, "Ready"):
        return None
    found = (look(case) for look in _LOOKS)
    return next((cause for cause in found if cause is not None), None)


def doing(case: Case) -> str:
    """Return what a pod is about, as the end of a sentence: ``pulling the image "x"``; nothing when it is ready."""
    pod = case.pod
    if is_leaving(pod):
        return "ending"
    if is_true(pod, "Ready"):
        return ""
    if (cause := cause_of(case)) is not None:
        return cause.what
    if has_ended(pod):
        return "ended"
    if not (pod.get("spec") or {}).get("nodeName"):
        return _before_node(case)
    stages = (containers.stage(status, init, case.events) for status, init in statuses(pod))
    return next((stage for stage in stages if stage), "starting")


def _before_node(case: Case) -> str:
    if any(claim for claim, _events in _unbound(case)):
        return "waiting for its volume"
    if any(event.reason == "TriggeredScaleUp" for event in case.events):
        return "waiting for a new node"
    return "waiting for a node"


_ENDED = frozenset(
    {"Evicted", "NodeLost", "NodeShutdown", "Preempting", "UnexpectedAdmissionError", "OutOfcpu", "OutOfmemory"}
)


def _evicted(case: Case) -> Cause | None:
    status, name = case.pod.get("status") or {}, case.pod["metadata"]["name"]
    reason = status.get("reason", "")
    if not has_ended(case.pod) or reason not in _ENDED:
        return None
    said = wording.shortened(status.get("message") or reason).rstrip(". ")
    verb = "evicted" if reason == "Evicted" else "ended by its node"
    return Cause(
        f'the pod "{name}" was {verb}: {said}', "have it use less of this, or allow it more (memory= of service(...))"
    )


def _unscheduled(case: Case) -> Cause | None:
    told = condition(case.pod, "PodScheduled")
    if told.get("status") != "False" or told.get("reason") == "SchedulingGated":
        return None
    said = told.get("message", "")
    if "unbound immediate PersistentVolumeClaims" in said:
        return next((cause for cause in map(_unprovided, _unbound(case)) if cause), None)
    if any(event.reason == "TriggeredScaleUp" for event in case.events):
        return None
    why = wording.scheduler(said)
    if why.startswith("persistentvolumeclaim "):
        claim = why.split('"')[1] if '"' in why else why
        if claim.endswith(f"-{case.pod['metadata']['name']}"):
            return None  # its StatefulSet is about to make it
        return Cause(f'the volume claim "{claim}" is not there', "create it, or mend its name")
    asked = _asked(case.pod) if "Insufficient" in why else ""
    return Cause(f"no node of the cluster takes the pod: {why}{asked}", _where_hint(why))


def _where_hint(why: str) -> str:
    if "Insufficient" in why or "Too many pods" in why:
        return "ask for less (cpu=, memory= of service(...)), or end something else there"
    if "taint" in why:
        return 'see the taints: "kubectl describe nodes"'
    if "affinity" in why or "selector" in why:
        return 'compare with "kubectl get nodes --show-labels"'
    return 'see "kubectl describe nodes"'


def _asked(pod: Manifest) -> str:
    wanted = [
        f"{name} {value}"
        for each in (pod.get("spec") or {}).get("containers", ())
        for name, value in ((each.get("resources") or {}).get("requests") or {}).items()
    ]
    return f"; it asks for {', '.join(wanted)}" if wanted else ""


def _unbound(case: Case) -> Iterator[tuple[Manifest, Sequence[Happening]]]:
    volumes = (case.pod.get("spec") or {}).get("volumes") or ()
    wanted = {each["persistentVolumeClaim"].get("claimName") for each in volumes if "persistentVolumeClaim" in each}
    for claim, events in case.claims:
        bound = (claim.get("status") or {}).get("phase") == "Bound"
        if claim["metadata"]["name"] in wanted and not bound:
            yield claim, events


def _unprovided(unbound: tuple[Manifest, Sequence[Happening]]) -> Cause | None:
    claim, events = unbound
    for event in reversed(events):
        if event.reason in {"ProvisioningFailed", "FailedBinding"}:
            return Cause(
                f'the volume claim "{claim["metadata"]["name"]}" gets no volume: {wording.shortened(event.message)}',
                'see the storage classes: "kubectl get storageclasses"',
            )
    return None


def _unmounted(case: Case) -> Cause | None:
    waiting = [(status.get("state") or {}).get("waiting", {}).get("reason") for status, _init in statuses(case.pod)]
    if not waiting or not all(reason in {"ContainerCreating", "PodInitializing"} for reason in waiting):
        return None
    troubles = [
        event for event in case.events if event.reason in {"FailedMount", "FailedAttachVolume", "FailedMapVolume"}
    ]
    trouble = max(troubles, key=_when, default=None)
    later = {"Pulling", "Pulled", "Created", "Started", "SuccessfulAttachVolume"}
    if trouble is None or any(event.reason in later and event.last >= trouble.last for event in case.events):
        return _unboxed(case)
    if "failed to sync" in trouble.message or "timed out waiting" in trouble.message:
        return None if trouble.count < _TRIES else Cause(f"a volume cannot be mounted: {_mount(trouble)}", _MOUNT)
    return Cause(f"a volume cannot be mounted: {_mount(trouble)}", _MOUNT)


_TRIES = 3
_MOUNT = "see that what it is made of is there: a Secret, a ConfigMap, a folder, a volume"


def _when(event: Happening) -> float:
    return event.last


def _mount(event: Happening) -> str:
    _before, found, rest = event.message.partition("failed for volume ")
    return wording.shortened(rest.replace('" : ', '": ', 1) if found else event.message)


def _unboxed(case: Case) -> Cause | None:
    """Return why the kubelet cannot make the pod's sandbox; a few tries of that are usual."""
    for event in case.events:
        if event.reason == "FailedCreatePodSandBox" and event.count >= _TRIES:
            return Cause(f"the pod cannot be set up on its node: {wording.shortened(event.message)}",
                         "see the network of the cluster, and its node")  # fmt: skip
    return None


def _stuck(case: Case) -> Cause | None:
    """Return why a container does not run, the first that there is."""
    pod = case.pod
    specs: dict[str, Any] = {}
    for kind in ("initContainers", "containers"):
        specs |= {each["name"]: each for each in (pod.get("spec") or {}).get(kind) or ()}
    is_once = (pod.get("spec") or {}).get("restartPolicy") == "Never"
    for status, init in statuses(pod):
        events = [event for event in case.events if event.container in {"", status["name"]}]
        found = containers.trouble(status, specs.get(status["name"], {}), events, init=init, once=is_once)
        if found is not None:
            tail = Tail(pod["metadata"]["name"], status["name"], found.previous) if found.lines else None
            return Cause(found.what, found.hint, tail)
    return None


def _lost(case: Case) -> Cause | None:
    """Return that the pod's node does not answer: the pod is not ready though its containers last were."""
    pod = case.pod
    ready = [bool(status.get("ready")) for status, init in statuses(pod) if not init]
    told = condition(pod, "Ready").get("status") == "False" and is_true(pod, "ContainersReady") and all(ready) and ready
    unknown = condition(pod, "Ready").get("status") == "Unknown" or (pod.get("status") or {}).get("phase") == "Unknown"
    last = max(case.events, key=_when, default=None)
    unheard = last is not None and last.reason == "NodeNotReady"
    if (pod.get("spec") or {}).get("readinessGates") or not (told or unknown or unheard):
        return None
    node = (pod.get("spec") or {}).get("nodeName", "")
    return Cause(f'the node "{node}" does not answer the cluster', f'see "kubectl describe node {node}"')


_LOOKS: Sequence[Callable[[Case], Cause | None]] = (_evicted, _unscheduled, _stuck, _unmounted, _lost)
