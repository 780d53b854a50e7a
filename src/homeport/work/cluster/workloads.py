"""How far a workload is, by the rules of its kind."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from homeport.model.rollouts import Tail
from homeport.ports.cluster import Manifest
from homeport.work.cluster import wording
from homeport.work.cluster.causes import Cause
from homeport.work.cluster.seeing import condition, digest_of, has_ended, is_leaving, is_ready, is_true, statuses


class Standing(Struct, frozen=True):
    """Pods ``wanted``; ``complete``, or why it never will be (``cause``); ``ended``: it goes on no more.

    ``taken``: the controller has seen what was applied last: what it says before that is about something older.
    ``note``: what is going on beside its pods. ``finite``: its pods are to end.
    """

    wanted: int = 1
    complete: bool = False
    cause: Cause | None = None
    ended: bool = False
    finite: bool = False
    taken: bool = True
    note: str = ""
    succeeded: int = 0


def is_current(workload: Manifest, pod: Manifest, pods: Sequence[Manifest]) -> bool:
    """Whether a pod was made from the workload as it is now; ``pods`` are all of the workload's."""
    labels, status = pod["metadata"].get("labels") or {}, workload.get("status") or {}
    if workload["kind"] == "StatefulSet":
        return bool(labels.get("controller-revision-hash") == status.get("updateRevision"))
    digest = digest_of((workload.get("spec") or {}).get("template") or {})
    if digest and digest_of(pod) != digest:
        return False
    mark = {"Deployment": "pod-template-hash", "DaemonSet": "controller-revision-hash"}.get(workload["kind"])
    if mark is None:
        return True
    # The template may differ where our digest does not look (``kubectl rollout restart``), or have none: then the newest
    # pod tells, since the controller makes no others than current ones.
    same = [each for each in pods if digest_of(each) == digest] if digest else pods
    newest = max(same, key=lambda each: each["metadata"].get("creationTimestamp") or "")
    return bool(labels.get(mark) == (newest["metadata"].get("labels") or {}).get(mark))


def standing(workload: Manifest, pods: Sequence[Manifest]) -> Standing:
    """Return how far a workload is; ``pods`` are its current ones."""
    judge = _KINDS.get((workload["apiVersion"].partition("/")[0], workload["kind"]), _custom)
    return judge(workload, workload.get("spec") or {}, workload.get("status") or {}, pods)


Fields = Mapping[str, Any]


def _taken(made: Manifest) -> bool:
    seen = (made.get("status") or {}).get("observedGeneration", 0)
    return bool(seen >= made["metadata"].get("generation", 0))


def _replicas(spec: Fields) -> int:
    return 1 if spec.get("replicas") is None else int(spec["replicas"])


def _deployment(made: Manifest, spec: Fields, status: Fields, pods: Sequence[Manifest]) -> Standing:
    wanted, taken, updated = _replicas(spec), _taken(made), status.get("updatedReplicas", 0)
    complete = (
        taken
        and updated >= wanted
        and status.get("replicas", 0) == updated
        and status.get("availableReplicas", 0) >= wanted
        and _all_ready(pods, wanted)
    )
    cause = None
    if is_true(made, "ReplicaFailure"):
        cause = _uncreated(condition(made, "ReplicaFailure").get("message", ""))
    elif condition(made, "Progressing").get("reason") == "ProgressDeadlineExceeded":
        limit = spec.get("progressDeadlineSeconds", 600)
        cause = Cause(f"the rollout made no progress for {limit} s", f'see "kubectl describe deployment {_name(made)}"')
    paused = "the rollout is paused" if spec.get("paused") and not complete else ""
    return Standing(wanted, complete, cause, taken=taken, note=paused)


def _stateful(made: Manifest, spec: Fields, status: Fields, pods: Sequence[Manifest]) -> Standing:
    wanted, taken = _replicas(spec), _taken(made)
    strategy = spec.get("updateStrategy") or {}
    partition = ((strategy.get("rollingUpdate") or {}).get("partition")) or 0
    free = strategy.get("type") == "OnDelete"
    updated = free or status.get("updatedReplicas", 0) >= wanted - partition
    settled = free or partition or status.get("currentRevision") == status.get("updateRevision")
    ready = status.get("readyReplicas", 0) >= wanted and status.get("replicas", 0) == wanted
    known = free or _all_ready(pods, wanted - partition)
    return Standing(wanted, bool(taken and updated and settled and ready and known), taken=taken)


def _daemon(made: Manifest, _spec: Fields, status: Fields, _pods: Sequence[Manifest]) -> Standing:
    wanted, taken = status.get("desiredNumberScheduled", 0), _taken(made)
    updated = status.get("updatedNumberScheduled", 0) >= wanted
    return Standing(wanted, taken and updated and status.get("numberAvailable", 0) >= wanted, taken=taken)


def _replica_set(made: Manifest, spec: Fields, status: Fields, pods: Sequence[Manifest]) -> Standing:
    wanted, taken = _replicas(spec), _taken(made)
    cause = None
    if is_true(made, "ReplicaFailure"):
        cause = _uncreated(condition(made, "ReplicaFailure").get("message", ""))
    complete = taken and status.get("availableReplicas", 0) >= wanted and _all_ready(pods, wanted)
    return Standing(wanted, complete, cause, taken=taken)


def _job(made: Manifest, spec: Fields, status: Fields, pods: Sequence[Manifest]) -> Standing:
    wanted = spec.get("completions") or 1
    done, failed = is_true(made, "Complete"), is_true(made, "Failed")
    tries, note, cause = status.get("failed", 0), "", None
    if failed or is_true(made, "FailureTarget"):
        cause = _failed_job(made, spec, tries, pods)
    elif spec.get("suspend"):
        note = "it is suspended"
    elif tries:
        how = _last_end(pods)
        note = f"try {tries + 1} of {spec.get('backoffLimit', 6) + 1}" + (
            f"; the one before ended with {how[0]}" if how else ""
        )
    succeeded, ended = status.get("succeeded", 0), done or failed
    return Standing(wanted, done, cause, ended=ended, finite=True, note=note, succeeded=succeeded)


def _failed_job(made: Manifest, spec: Fields, tries: int, pods: Sequence[Manifest]) -> Cause:
    told = condition(made, "Failed") or condition(made, "FailureTarget")
    who = f'the job "{_name(made)}"'
    if told.get("reason") == "DeadlineExceeded":
        limit = spec.get("activeDeadlineSeconds", "?")
        return Cause(
            f"{who} took longer than its time limit of {limit} s", "see its last lines, or set timeout= higher"
        )
    if told.get("reason") == "BackoffLimitExceeded" and (end := _last_end(pods)) is not None:
        how, tail = end
        return Cause(f"{who} failed with {how} ({_tries(tries)})", "see its last lines", tail)
    return Cause(
        f"{who} failed: {wording.shortened(told.get('message') or told.get('reason', ''))}", "see its last lines"
    )


def _tries(number: int) -> str:
    return f"{number} try" if number == 1 else f"{number} tries"


def _last_end(pods: Sequence[Manifest]) -> tuple[str, Tail] | None:
    """Return how the newest pod that failed ended, and whose lines tell more."""
    failed = [pod for pod in pods if (pod.get("status") or {}).get("phase") == "Failed"]
    for pod in sorted(failed, key=lambda each: each["metadata"].get("creationTimestamp") or "", reverse=True):
        for status, _init in statuses(pod):
            ended = (status.get("state") or {}).get("terminated")
            if ended and ended.get("exitCode"):
                how = "out of memory" if ended.get("reason") == "OOMKilled" else wording.ending(ended["exitCode"])
                return how, Tail(pod["metadata"]["name"], status["name"])
    return None


def _pod(made: Manifest, spec: Fields, status: Fields, _pods: Sequence[Manifest]) -> Standing:
    phase = status.get("phase")
    if phase == "Failed" and spec.get("restartPolicy") == "Never" and (end := _last_end([made])) is not None:
        return Standing(
            1, cause=Cause(f'the pod "{_name(made)}" failed with {end[0]}', "see its last lines", end[1]), ended=True
        )
    return Standing(1, is_ready(made) or phase == "Succeeded", ended=has_ended(made))


def _custom(made: Manifest, _spec: Fields, status: Fields, _pods: Sequence[Manifest]) -> Standing:
    """Judge by the usual conditions: ``Ready`` or the like, ``Stalled``, ``Failed``. One without any is what it says."""
    who = f'{made["kind"]} "{_name(made)}"'
    taken = "observedGeneration" not in status or _taken(made)
    for bad in ("Stalled", "Failed"):
        if taken and is_true(made, bad):
            told = condition(made, bad)
            said = wording.shortened(told.get("message") or told.get("reason", bad))
            return Standing(
                0,
                cause=Cause(
                    f"{who} is not going on: {said}", f'see "kubectl describe {made["kind"].lower()} {_name(made)}"'
                ),
            )
    for good in _GOOD:
        told = condition(made, good)
        if told:
            said = wording.shortened(told.get("message") or told.get("reason", ""))
            return Standing(0, taken and told.get("status") == "True", taken=taken, note=said)
    return Standing(0, taken, taken=taken)


_GOOD: Final = ("Ready", "Available", "Established", "Healthy", "Complete", "Succeeded")


def _always(_made: Manifest, _spec: Fields, _status: Fields, _pods: Sequence[Manifest]) -> Standing:
    return Standing(0, complete=True)


def _uncreated(message: str) -> Cause:
    said = wording.creation(message)
    hint = next((hint for word, hint in _REFUSED if word in said), "see who admits pods to this namespace")
    return Cause(f"the cluster refuses to make its pods: {said}", hint)


_REFUSED: Final = (
    ("exceeded quota", 'end something else there, or have the quota raised: "kubectl describe quota"'),
    ("PodSecurity", "meet the rules of the namespace by patch= or user= of container(...)"),
    ("serviceaccount", "create the service account, or mend its name"),
    ("service account", "create the service account, or mend its name"),
)


def refused(message: str) -> Cause:
    """Return that pods cannot be made, for the message of a ``FailedCreate`` event."""
    return _uncreated(message)


def _all_ready(pods: Sequence[Manifest], wanted: int) -> bool:
    """Whether what we know of the pods agrees with what their controller says; who sees none believes it."""
    staying = [pod for pod in pods if not is_leaving(pod) and not has_ended(pod)]
    return not pods or sum(map(is_ready, staying)) >= wanted


def _name(made: Manifest) -> str:
    return str(made["metadata"]["name"])


_KINDS: Final[Mapping[tuple[str, str], Callable[[Manifest, Fields, Fields, Sequence[Manifest]], Standing]]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful,
    ("apps", "DaemonSet"): _daemon,
    ("apps", "ReplicaSet"): _replica_set,
    ("batch", "Job"): _job,
    ("batch", "CronJob"): _always,
    ("v1", "Pod"): _pod,
}
