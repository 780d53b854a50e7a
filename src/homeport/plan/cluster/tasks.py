"""What a task needs besides its own definition to run as a Job of the cluster."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from homeport.model.cluster_jobs import FollowPod, Scene
from homeport.model.nodes import Task
from homeport.model.plan import Hold
from homeport.model.rollouts import Rollout
from homeport.model.shipped import Present
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.common import COMMON
from homeport.plan.cluster.delivered import delivered
from homeport.plan.cluster.link import link_hold, link_of, scene_of
from homeport.plan.cluster.pods import following
from homeport.plan.decision import Decision
from homeport.plan.identity import Made, digest


class Podded(Struct, frozen=True):
    """What is known of a task as a Job: ``scene`` renders it over ``image``, or a hold says why that is ``unknown``.

    ``blocked``: why it cannot be made now. ``failed``: that will not pass by itself.
    """

    scene: Scene | None = None
    image: str = ""
    unknown: Hold | None = None
    blocked: Hold | None = None
    failed: bool = False

    def made(self, made: Made | Hold) -> Made | Hold:
        """Return what the task is made of: its image is part of that. Not a Job: what it is made of anyway."""
        if self.unknown is not None or isinstance(made, Hold):
            return self.unknown or made
        return replace(made, what=digest(made.what, self.image)) if self.image else made


def podded(task: Task, see: Snapshot, decided: Mapping[str, Decision]) -> Podded:
    """Return what rendering a Job needs, or why that is not known yet; a cluster that is silent makes nothing unknown."""
    link = link_of(see)
    if link is None or not link.namespace:
        return Podded(unknown=link_hold(link), failed=link is not None and bool(link.error))
    image = delivered(task.name, "kubernetes", see)
    making = decided.get(f"{see.graph.image_of.get(task.name, '')} kubernetes")
    if isinstance(image, Hold) or (
        making is not None and not making.ready
    ):  # a save may be on its way into another one
        hold = making.hold if making is not None else None
        missing = image if isinstance(image, Hold) else Hold("its image is being made")
        return Podded(unknown=hold or missing, failed=making is not None and making.state == "failed")
    common, scene = decided[COMMON], scene_of(see, link, (task.name,))
    if not common.ready:
        hold = common.hold or Hold("its namespace is being prepared")
        return Podded(scene, image, blocked=hold, failed=common.state == "failed")
    return Podded(scene, image, blocked=None if link.ok else link_hold(link))


def left_there(name: str, see: Snapshot) -> Hold | None:
    """Return why a task must not run on this machine yet: its Job in the cluster may still be at work."""
    link, present = link_of(see), see.fact(("present", "", 0), Present)
    if see.place(name) == "kubernetes" or link is None or not link.ok or present is None:
        return None
    there = {"Job", "Pod"} & set(present.nodes.get(name, ()))
    return Hold("its Job in the cluster is being removed") if there else None


def follow_task(name: str, see: Snapshot) -> tuple[FollowPod, ...]:
    """Return whose logs are read for a task: those of the pods of its Job, and the rest of those that are gone."""
    rollout = see.fact(("rollout", name, 0), Rollout)
    link = link_of(see)
    if rollout is None or link is None:
        return ()
    return tuple(following(name, rollout.pods, link.namespace, see))


def data_in_cluster(name: str, see: Snapshot) -> str | None:
    """Return which data a service in the cluster holds: those of its volumes, else those that go with its pods."""
    rollout = see.fact(("rollout", name, 0), Rollout)
    if rollout is None or not rollout.pods:
        return None
    return rollout.data or ",".join(sorted(pod.uid for pod in rollout.pods if not pod.leaving))
