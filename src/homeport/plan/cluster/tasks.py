"""What a task needs besides its own definition to run as a Job of the cluster."""

from collections.abc import Mapping

from homeport.model.cluster_jobs import FollowPod, Scene
from homeport.model.nodes import Task
from homeport.model.plan import Hold
from homeport.model.rollouts import Linked, Rollout
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.images import delivered
from homeport.plan.cluster.link import COMMON, link_hold, scene_of
from homeport.plan.cluster.pods import following
from homeport.plan.decision import Decision


def pod_scene(task: Task, see: Snapshot, decided: Mapping[str, Decision]) -> Scene | Hold:
    """Return what rendering its Job needs, or why that is not known yet."""
    link = see.fact(("cluster", "", 0), Linked)
    if link is None or not link.ok:
        return link_hold(link)
    image = delivered(task.name, "kubernetes", see)
    if isinstance(image, Hold):
        return image
    common = decided[COMMON]
    if not common.ready:
        return common.hold or Hold("its namespace is being prepared")
    return scene_of(see, link, (task.name,))


def follow_task(name: str, see: Snapshot) -> tuple[FollowPod, ...]:
    """Return whose logs are read for a task: those of the pods of its Job, and the rest of those that are gone."""
    rollout = see.fact(("rollout", name, 0), Rollout)
    link = see.fact(("cluster", "", 0), Linked)
    if rollout is None or link is None:
        return ()
    return tuple(following(name, rollout.pods, link.namespace, see))


def data_in_cluster(name: str, see: Snapshot) -> str | None:
    """Return which data a service in the cluster holds: those of its volumes, else those that go with its pods."""
    rollout = see.fact(("rollout", name, 0), Rollout)
    if rollout is None or not rollout.pods:
        return None
    return rollout.data or ",".join(sorted(pod.uid for pod in rollout.pods if not pod.leaving))
