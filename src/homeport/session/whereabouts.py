"""Where a node of a running house is, read off a snapshot."""

from homeport.model.rollouts import Linked, PodSeen, Rollout
from homeport.model.snapshot import Snapshot
from homeport.model.whereabouts import PodAt, Whereabouts


def whereabouts(name: str, see: Snapshot) -> Whereabouts:
    """Return where a node runs; the oldest pod comes first, and those that leave are not told."""
    place = see.place(name)
    if place != "kubernetes":
        return Whereabouts(place)
    link = see.fact(("cluster", "", 0), Linked) or Linked("")
    rollout = see.fact(("rollout", name, 0), Rollout)
    seen = [pod for pod in rollout.pods if not pod.leaving] if rollout is not None else []
    pods = tuple(_at(pod, name) for pod in sorted(seen, key=lambda pod: (pod.since, pod.name)))
    return Whereabouts(place, context=link.context, namespace=link.namespace, pods=pods)


def _at(pod: PodSeen, name: str) -> PodAt:
    """Return a pod with the container that is the node's own: the one of its name, else the first."""
    names = [each.name for each in pod.containers if not each.init]
    return PodAt(pod.name, name if name in names else next(iter(names), ""), pod.ready)
