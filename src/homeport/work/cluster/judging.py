"""From a node's workloads, their pods and what happened to them: how far the rollout is. Pure: no clock, no cluster.

Only pods made from the workload as it is now make a rollout ready or let it fail. What is ready has no failure, whatever
happened before; so what heals turns back by itself.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from homeport.model.rollouts import DIGEST, PodSeen, Rollout
from homeport.ports.cluster import Manifest
from homeport.work.cluster import wording
from homeport.work.cluster.causes import Case, Cause, cause_of, doing
from homeport.work.cluster.seeing import has_ended, is_ready, seen, was_ready
from homeport.work.cluster.workloads import Standing, is_current, refused, standing
from homeport.work.seen.events import Happening
from homeport.work.seen.mirror import OTHERS

Events = Mapping[tuple[str, str], Sequence[Happening]]
"""What happened, by kind and name of whom, older things first."""


class Evidence(Struct, frozen=True):
    """What is known of a node: its workloads, all pods with its name, its volume claims, and what happened to any of them."""

    workloads: Sequence[Manifest]
    pods: Sequence[Manifest] = ()
    claims: Sequence[Manifest] = ()
    events: Events = {}


def judged(evidence: Evidence) -> Rollout | None:
    """Return how far a node is, with ``since`` left 0; None when it has no workload."""
    found = [_judged(each, evidence) for each in _counting(evidence.workloads)]
    if not found:
        return None
    return found[0] if len(found) == 1 else _together(found)


def owns(workload: Manifest, pod: Manifest) -> bool:
    """Whether a pod belongs to a workload, directly or through the ReplicaSet in between."""
    if workload["kind"] == "Pod":
        return bool(workload["metadata"]["name"] == pod["metadata"]["name"])
    for owner in pod["metadata"].get("ownerReferences") or ():
        if owner.get("uid") == workload["metadata"].get("uid"):
            return True
        if workload["kind"] == "Deployment" and owner.get("kind") == "ReplicaSet":
            return bool(owner["name"].rpartition("-")[0] == workload["metadata"]["name"])
    return False


def _counting(workloads: Sequence[Manifest]) -> list[Manifest]:
    """Leave out Jobs of earlier definitions of a task: their names differ in a digest only."""
    newest: dict[tuple[str, str], Manifest] = {}
    for each in sorted(workloads, key=lambda made: (made["metadata"].get("creationTimestamp") or "", _name(made))):
        name = _name(each)
        stem, _dash, mark = name.rpartition("-")
        is_task = each["kind"] == "Job" and len(mark) == 8 and set(mark) <= set("0123456789abcdef")
        newest[each["kind"], stem if is_task else name] = each
    return [newest[key] for key in sorted(newest)]


def _judged(workload: Manifest, evidence: Evidence) -> Rollout:
    pods = sorted((pod for pod in evidence.pods if owns(workload, pod)), key=_name)
    current = [pod for pod in pods if is_current(workload, pod, pods)]
    stands = standing(workload, current)
    cases = {_name(pod): _case(pod, evidence) for pod in pods}
    cause = None
    if not stands.complete and stands.taken:
        cause = stands.cause or _cause(workload, current, cases, evidence, stands)
        cause = cause or _blocked(workload, [pod for pod in pods if pod not in current], cases)
    told = tuple(seen(pod, doing(cases[_name(pod)]), current=pod in current) for pod in pods)
    ready = sum(is_ready(pod) for pod in current)
    meta = workload["metadata"]
    return Rollout(
        kind=workload["kind"],
        object=meta["name"],
        uid=meta.get("uid", ""),
        digest=(meta.get("annotations") or {}).get(DIGEST, ""),
        wanted=stands.wanted,
        ready=ready,
        serving=sum(map(is_ready, pods)),
        complete=stands.complete,
        failure=cause.what if cause else "",
        hint=cause.hint if cause else "",
        detail=_detail(stands, ready, told),
        tail=cause.tail if cause else None,
        pods=told,
        ended=stands.ended,
        blocking=cause.blocking if cause else "",
        note=str(meta.get(OTHERS, "")),
        data=",".join(sorted(str(claim["metadata"].get("uid", "")) for claim in evidence.claims)),
    )


def _case(pod: Manifest, evidence: Evidence) -> Case:
    events = evidence.events.get(("Pod", _name(pod)), ())
    uid = pod["metadata"].get("uid")
    claims = [(each, evidence.events.get(("PersistentVolumeClaim", _name(each)), ())) for each in evidence.claims]
    # A StatefulSet gives its new pod the name of the old one: what happened to that one is over.
    return Case(pod, [each for each in events if not each.uid or each.uid == uid], claims)


def _cause(
    workload: Manifest, current: Sequence[Manifest], cases: Mapping[str, Case], evidence: Evidence, stands: Standing
) -> Cause | None:
    # Of an ended pod only the newest tells: another one stands in for it by now.
    alive = [pod for pod in current if not has_ended(pod)]
    newest = max(current, key=lambda pod: pod["metadata"].get("creationTimestamp") or "", default=None)
    for pod in alive or ([newest] if newest is not None else []):
        if (cause := cause_of(cases[_name(pod)])) is not None:
            return cause
    return _refused(workload, evidence.events) if len(alive) < stands.wanted and not stands.ended else None


def _refused(workload: Manifest, events: Events) -> Cause | None:
    """Return why the controller makes no pods, when that is the last that it said of making one."""
    name = _name(workload)
    made = [
        event
        for (kind, who), found in events.items()
        if (kind, who) == (workload["kind"], name)
        or (workload["kind"] == "Deployment" and kind == "ReplicaSet" and who.rpartition("-")[0] == name)
        for event in found
        if event.reason in {"FailedCreate", "SuccessfulCreate"}
        and event.uid in {"", workload["metadata"].get("uid")} | ({event.uid} if kind == "ReplicaSet" else set())
    ]
    last = max(made, key=lambda event: event.last, default=None)
    return refused(last.message) if last is not None and last.reason == "FailedCreate" else None


def _blocked(workload: Manifest, old: Sequence[Manifest], cases: Mapping[str, Case]) -> Cause | None:
    """Return that an old pod of a StatefulSet never gets ready: its controller waits for it before it replaces any."""
    if workload["kind"] != "StatefulSet" or (workload.get("spec") or {}).get("podManagementPolicy") == "Parallel":
        return None
    for pod in old:
        if (cause := cause_of(cases[_name(pod)])) is not None:
            what = f'the earlier pod "{_name(pod)}" never gets ready, and so is not replaced: {cause.what}'
            blocking = "" if was_ready(pod) else _name(pod)
            return replace(cause, what=what, hint=f'delete it: "kubectl delete pod {_name(pod)}"', blocking=blocking)
    return None


def _detail(stands: Standing, ready: int, pods: Sequence[PodSeen]) -> str:
    """Return what is going on: ``2 of 3 pods ready; pulling the image "x"; 1 older pod left``."""
    if stands.ended and stands.complete:
        return "succeeded"
    if not stands.taken:
        return "waiting for the cluster to take it up"
    said = [] if stands.ended else [_count(stands, ready, pods)]
    if stands.note:
        said.append(stands.note)
    if not stands.complete:
        said += list(dict.fromkeys(pod.reason for pod in pods if pod.current and not pod.leaving and pod.reason))[:2]
        if older := sum(not pod.current for pod in pods):
            said.append(f"{wording.counted(older, 'older pod')} left")
    return "; ".join(filter(None, said))


def _count(stands: Standing, ready: int, pods: Sequence[PodSeen]) -> str:
    if stands.finite:
        runs = "running" if any(pod.ready for pod in pods) else ""
        return f"{stands.succeeded} of {stands.wanted} done" if stands.wanted > 1 else runs
    if not stands.wanted:
        return ""
    if stands.complete and ready >= stands.wanted:
        return f"{wording.counted(ready, 'pod')} ready"
    return f"{ready} of {wording.counted(stands.wanted, 'pod')} ready"


def _together(found: Sequence[Rollout]) -> Rollout:
    """Return one rollout for several workloads: as far as the one that is least far."""
    failed = [each for each in found if each.failure]
    open_ones = [each for each in found if not each.complete]
    first = (failed or open_ones or found)[0]
    return replace(
        first,
        uid=",".join(each.uid for each in found),
        digest=",".join(each.digest for each in found),
        wanted=sum(each.wanted for each in found),
        ready=sum(each.ready for each in found),
        serving=sum(each.serving for each in found),
        complete=not open_ones,
        detail="; ".join(dict.fromkeys(f'{each.kind} "{each.object}": {each.detail}' for each in open_ones or [first])),
        pods=tuple(pod for each in found for pod in each.pods),
        ended=all(each.ended for each in found),
    )


def _name(made: Manifest) -> str:
    return str(made["metadata"]["name"])
