"""Pods as replicas, and whose logs are read."""

import re
from collections.abc import Iterator

from homeport.model.cluster_jobs import Explain, FollowPod, Unblock
from homeport.model.forwards import Followed
from homeport.model.manifests import Manifests
from homeport.model.nodes import Node, Service
from homeport.model.parts import Keep
from homeport.model.rollouts import ContainerSeen, PodSeen, Rollout
from homeport.model.shipped import Explained, Unblocked
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.case import Case, own_container
from homeport.plan.decision import Place

_LOG = "log "
_HASH = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{6,10}(?=-[bcdfghjklmnpqrstvwxz2456789]{5}$)")
"""In the name of a pod the hash of the ReplicaSet, before the pod's own letters."""


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
    node = see.graph.nodes.get(name)
    keep = node.logs if isinstance(node, Service) else Keep()
    runs = [(pod, each) for pod in pods for each in pod.containers]
    called = {pod.name: _called(node, pod.name, see) for pod in pods}
    jobs = {
        job.key: job for pod, each in runs for job in _runs(name, called[pod.name] or name, pod, each, namespace, keep)
    }
    known = {key: fact for key, fact in see.facts.get(name, {}).items() if isinstance(fact, Followed)}
    for (kind, number), fact in known.items():
        job = jobs.get((kind, name, number)) or _gone(name, kind, number, fact)
        if fact.ended or job is None:
            jobs.pop((kind, name, number), None)
        else:
            jobs[job.key] = job
    return list(jobs.values())


def _called(node: Node | None, pod: str, see: Snapshot) -> str:
    """Return how the log of a pod is called; nothing when there is only one of its node.

    Of objects of the user's own there may be several workloads, so that their names count; the hash in a Deployment's pods
    tells nothing.
    """
    if isinstance(node, Manifests):
        return f"{node.name}.{_HASH.sub('', pod)}"
    several = isinstance(node, Service) and see.wishes.replicas.get(node.name, node.replicas) > 1
    return f"{node.name}.{pod.rpartition('-')[2]}" if node is not None and several else ""


def _runs(
    name: str, label: str, pod: PodSeen, container: ContainerSeen, namespace: str, keep: Keep
) -> Iterator[FollowPod]:
    own = own_container(pod, name)
    if own is None or container.name != own.name:
        label = f"{label}/{container.name}"
    began = container.state != "waiting"
    runs = ([container.restarts] if began else []) + ([container.restarts - 1] if container.restarts else [])
    for number in runs:
        yield FollowPod(
            (f"{_LOG}{pod.name}/{container.name}", name, number),
            f"{namespace}/{pod.uid}/{label}",
            label,
            namespace,
            pod.name,
            pod.uid,
            container.name,
            number + 1,
            keep=keep,
        )


def _gone(name: str, kind: str, number: int, fact: Followed) -> FollowPod | None:
    """Return the job that reads the rest of a run that is not told of any more; it ends when there is no more."""
    parts = fact.identity.split("/", 2)
    pod, _, container = kind.removeprefix(_LOG).partition("/")
    if len(parts) != 3 or fact.ended:
        return None
    namespace, uid, label = parts
    return FollowPod((kind, name, number), fact.identity, label, namespace, pod, uid, container, number + 1)


def explain(name: str, rollout: Rollout | None, namespace: str, see: Snapshot) -> list[Explain]:
    """Return the job that reads the last lines before a failure, once per failure."""
    if rollout is None or not rollout.failure or rollout.tail is None:
        return []
    job = Explain(("explain", name, 0), _failure(rollout), namespace, rollout.tail)
    known = see.fact(job.key, Explained)
    return [] if known is not None and known.identity == job.identity else [job]


def unblock(name: str, rollout: Rollout | None, namespace: str, see: Snapshot) -> list[Unblock]:
    """Return the job that deletes an earlier pod which is in the way of the wanted one, once for each."""
    pod = _blocking(rollout)
    if pod is None or _unblocked(name, pod, see) is not None:
        return []
    return [Unblock(("unblock", name, 0), pod.uid, namespace, pod.name, pod.uid)]


def is_unblocking(name: str, rollout: Rollout, see: Snapshot) -> bool:
    """Whether what keeps a rollout from going on is being taken out of its way."""
    pod = _blocking(rollout)
    if pod is None:
        return False
    known = _unblocked(name, pod, see)
    return known is None or not known.error


def _blocking(rollout: Rollout | None) -> PodSeen | None:
    if rollout is None or not rollout.blocking:
        return None
    return next((pod for pod in rollout.pods if pod.name == rollout.blocking), None)


def _unblocked(name: str, pod: PodSeen, see: Snapshot) -> Unblocked | None:
    known = see.fact(("unblock", name, 0), Unblocked)
    return known if known is not None and known.identity == pod.uid else None


def explanation(name: str, see: Snapshot) -> tuple[str, ...]:
    """Return the last lines before the failure of a node, as far as they were read."""
    rollout = see.fact(("rollout", name, 0), Rollout)
    known = see.fact(("explain", name, 0), Explained)
    return known.lines if known is not None and rollout is not None and known.identity == _failure(rollout) else ()


def _failure(rollout: Rollout) -> str:
    """Return which failure it is: another run of the container has other last lines."""
    tail = rollout.tail
    if tail is None:
        return ""
    pod = next((each for each in rollout.pods if each.name == tail.pod), None)
    container = next((each for each in pod.containers if each.name == tail.container), None) if pod else None
    return f"{tail.pod}/{tail.container}/{container.restarts if container else 0}/{tail.previous}"
