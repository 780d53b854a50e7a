"""Pods as replicas, and whose logs are read."""

from collections.abc import Iterator

from homeport.model.cluster_jobs import FollowPod
from homeport.model.forwards import Followed
from homeport.model.rollouts import ContainerSeen, PodSeen
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.case import Case, own_container
from homeport.plan.decision import Place

_LOG = "log "


def places(case: Case) -> tuple[Place, ...]:
    """Return a service's pods as its places, those that are leaving left out."""
    return tuple(_place(case, pod) for pod in shown(case.pods))


def shown(pods: tuple[PodSeen, ...]) -> list[PodSeen]:
    """Return the pods that count as replicas, the oldest first."""
    staying = [pod for pod in pods if not pod.leaving]
    return sorted(staying, key=lambda pod: (pod.since, pod.name))


def _place(case: Case, pod: PodSeen) -> Place:
    if pod.ready and case.is_fresh(pod):
        return Place("ready", pod.name, ready=True)
    return Place("starting", f"{pod.name}: {pod.reason}" if pod.reason else pod.name)


def follow(case: Case) -> list[FollowPod]:
    """Return whose logs are read now: every run of every container, each until it was read to its end."""
    return following(case.service.name, case.pods, case.link.namespace, case.see)


def following(name: str, pods: tuple[PodSeen, ...], namespace: str, see: Snapshot) -> list[FollowPod]:
    """Return the jobs that read the logs of pods of a node, and of pods that are gone while their rest is read."""
    several = len(pods) > 1
    jobs = {
        job.key: job for pod in pods for each in pod.containers for job in _runs(name, pod, each, namespace, several)
    }
    known = {key: fact for key, fact in see.facts.get(name, {}).items() if isinstance(fact, Followed)}
    for (kind, number), fact in known.items():
        job = jobs.get((kind, name, number)) or _gone(name, kind, number, fact)
        if fact.ended or job is None:
            jobs.pop((kind, name, number), None)
        else:
            jobs[job.key] = job
    return list(jobs.values())


def _runs(name: str, pod: PodSeen, container: ContainerSeen, namespace: str, several: bool) -> Iterator[FollowPod]:
    own = own_container(pod, name)
    label = f"{name}.{pod.name.rpartition('-')[2]}" if several else name
    if own is None or container.name != own.name:
        label = f"{label}/{container.name}"
    began = container.state != "waiting"
    runs = ([container.restarts] if began else []) + ([container.restarts - 1] if container.restarts else [])
    for number in runs:
        yield FollowPod(
            (f"{_LOG}{pod.name}/{container.name}", name, number),
            f"{namespace}/{pod.uid}/{label}",
            name,
            label,
            namespace,
            pod.name,
            pod.uid,
            container.name,
            number + 1,
            previous=number < container.restarts,
        )


def _gone(name: str, kind: str, number: int, fact: Followed) -> FollowPod | None:
    """Return the job that reads the rest of a run that is not told of any more; it ends when there is no more."""
    parts = fact.identity.split("/", 2)
    pod, _, container = kind.removeprefix(_LOG).partition("/")
    if len(parts) != 3 or fact.ended:
        return None
    namespace, uid, label = parts
    return FollowPod((kind, name, number), fact.identity, name, label, namespace, pod, uid, container, number + 1)
