"""Decisions about the cluster as a whole: the link, what all share, the way back to this machine, and what is removed."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from homeport.model.cluster_jobs import Clear, DeployCommon, Relay, Scene, WatchCluster
from homeport.model.facts import Known
from homeport.model.instants import SECOND, Instant
from homeport.model.manifests import Manifests
from homeport.model.nodes import EnvFile, Secret, Service, Task
from homeport.model.places import Site
from homeport.model.plan import Hold, Job
from homeport.model.rollouts import Linked
from homeport.model.shipped import Cleared, Deployed, Imaged, Present, Relayed
from homeport.model.snapshot import Snapshot
from homeport.model.view import State
from homeport.plan.cluster.images import delivered, image_key
from homeport.plan.decision import Decision
from homeport.plan.identity import digest

COMMON: Final = "cluster common"
"""The decision about what all nodes in the cluster share; no node has such a name."""
RETRY: Final[Instant] = 2 * SECOND
SLOW: Final[Instant] = 30 * SECOND
"""Who refused for a reason that people have to mend, such as whose a namespace is, is asked again after so long."""


def site_of(see: Snapshot) -> Site:
    """Return which cluster is meant: as people wish, else as the file says."""
    wished, said = see.wishes.site, see.graph.site
    return Site(
        wished.context or said.context, wished.namespace or said.namespace, wished.registry or said.registry
    )  # fmt: skip


def in_cluster(see: Snapshot, names: frozenset[str]) -> tuple[str, ...]:
    """Return the wanted services, tasks and objects of the user's own whose place is the cluster, as declared."""
    able = (*see.graph.contained, *(node.name for node in see.graph.manifests()))
    return tuple(name for name in able if name in names and see.place(name) == "kubernetes")


def link_of(see: Snapshot) -> Linked | None:
    """Return what is known of the link to the cluster that is meant now; what was known of another one says nothing."""
    link = see.fact(("cluster", "", 0), Linked)
    return link if link is not None and link.identity == _site_digest(site_of(see)) else None


_site_digest = lru_cache(8)(digest)
"""It is asked for every node at every plan, and is the same for all."""


def link_hold(link: Linked | None) -> Hold:
    """Return why nothing is known of the cluster yet."""
    if link is not None and link.error:
        return Hold(link.error + (f"; {link.hint}" if link.hint else ""))
    return Hold(f"the cluster is not heard: {link.down}" if link is not None and link.down else "asking the cluster")


def decide_link(see: Snapshot, pods: tuple[str, ...]) -> tuple[Job, ...]:
    """Return the job that holds the link, while something of ours is or should be in a cluster."""
    if not pods and see.fact(("present", "", 0), Present) is None:
        return ()
    site = site_of(see)
    return (WatchCluster(("cluster", "", 0), digest(site), site, _further(see)),)


def _further(see: Snapshot) -> tuple[tuple[str, str], ...]:
    """Return the kinds of the user's own objects that were applied; those of earlier houses are remembered elsewhere."""
    done = (see.fact(("deploy", node.name, 0), Deployed) for node in see.graph.manifests())
    return tuple(dict.fromkeys(kind for each in done if each is not None for kind in each.further))


def kept_link(see: Snapshot) -> tuple[Job, ...]:
    """Return the job that holds the link, as it is, for those who still need it when everything ends."""
    link = link_of(see)
    job = ("cluster", "", 0)
    return (WatchCluster(job, link.identity, site_of(see), _further(see)),) if link is not None else ()


def scene_of(see: Snapshot, link: Linked, names: tuple[str, ...]) -> Scene:
    """Return what rendering these nodes needs. Images of others would make the job another one with each of their builds."""
    images: dict[str, str] = {}
    commands: dict[str, tuple[str, ...]] = {}
    for name in names:
        image = delivered(name, "kubernetes", see)
        images[name] = "" if isinstance(image, Hold) else image
        made = see.fact(image_key(see.graph.image_of.get(name, ""), "kubernetes"), Imaged)
        if made is not None and made.argv:
            commands[name] = made.argv
    site = site_of(see)
    there = Site(link.context or site.context, link.namespace, site.registry)
    return Scene(see.graph, there, images, commands, dict(see.wishes.options), dict(see.wishes.replicas))


def decide_common(see: Snapshot, pods: tuple[str, ...], now: Instant) -> Decision:
    """Decide about the namespace and the secrets that pods use."""
    link = link_of(see)
    if not pods:
        return Decision("stopped")
    if link is None or not link.namespace:
        return Decision("failed" if link is not None and link.error else "waiting", hold=link_hold(link))
    hidden = _secrets(see, pods)
    if isinstance(hidden, Hold):
        return Decision("waiting", hold=hidden)
    identity = digest(sorted(pods), hidden, link.identity, link.namespace)
    done = see.fact(("deploy", "", 0), Deployed)
    key = ("deploy", "", 0)
    if done is None or done.identity.partition("|")[0] != identity:
        if not link.ok:
            return Decision("waiting", hold=link_hold(link))
        job = DeployCommon(key, identity, scene_of(see, link, pods))
        return Decision("starting", (job,), Hold("its namespace is being prepared"))
    again = f"{identity}|{done.at}"
    if not done.error:
        if any(_took_all(name, see, now) for name in pods):
            job = DeployCommon(key, again, scene_of(see, link, pods))
            return Decision("starting", (job,), Hold("its objects were deleted, and are made again"))
        return Decision("ready", started=True, ready=True, completed=True)
    hold = Hold(done.error + (f"; {done.hint}" if done.hint else ""))
    wake = done.at + (RETRY if done.passing else SLOW)
    state: State = "waiting" if done.passing else "failed"
    if now < wake:
        return Decision(state, hold=hold, wake=wake)
    return Decision(state, (DeployCommon(key, again, scene_of(see, link, pods)),), hold)


def _secrets(see: Snapshot, pods: tuple[str, ...]) -> list[str] | Hold:
    """Return digests of the secrets that pods use, or which one is not known yet."""
    hidden: list[str] = []
    for name in dict.fromkeys(ref.node for pod in pods for ref in see.graph.contained[pod]):
        if not isinstance(see.graph.nodes.get(name), Secret | EnvFile):
            continue
        known = see.fact(("known", name, 0), Known)
        if known is None or known.error:
            return Hold(f"waiting for {name}", cause=name)
        hidden.append(digest(name, sorted(known.digests.items())))
    return hidden


def gone(name: str, see: Snapshot) -> Instant | None:
    """Return from when on a node counts as deleted by somebody, or None while all that was applied of it is there.

    The cluster has until then to tell of what was applied a moment ago.
    """
    done, present, link = see.fact(("deploy", name, 0), Deployed), see.fact(("present", "", 0), Present), link_of(see)
    if done is None or present is None or link is None or not link.ok:
        return None
    return None if set(done.kinds) <= set(present.nodes.get(name, ())) else done.at + RETRY


def _took_all(name: str, see: Snapshot, now: Instant) -> bool:
    """Whether what all share may be gone: since it was brought last, a node was deleted, or refused for what may pass."""
    done, common = see.fact(("deploy", name, 0), Deployed), see.fact(("deploy", "", 0), Deployed)
    if done is None or common is None or common.at > done.at:
        return False
    if done.error:
        return done.passing
    since = gone(name, see)
    return since is not None and now >= since


def decide_around(see: Snapshot, pods: tuple[str, ...], decided: Mapping[str, Decision], now: Instant) -> Decision:
    """Decide about the way back for pods that use services of this machine, and about what is removed from the cluster."""
    link = link_of(see)
    if link is None or not link.namespace:
        return Decision("stopped")
    used = _stood_for(see, pods)
    before = _relayed(see)
    # Until a service that moves is ready here, its pods go on for those of others.
    fit = [name for name in used if decided[name].ready or name in before.services]
    relayed = {name: pairs for name in fit if (pairs := _pairs(name, see))}
    known = see.fact(("deploy", "", 0), Deployed)
    jobs: list[Job] = []
    # Tunnels outlive what all share being brought anew, and a short silence of the cluster.
    if relayed and (decided[COMMON].ready or (known is not None and not known.error)):
        identity = digest(link.identity, link.namespace)
        jobs.append(Relay(("relay", "", 0), identity, scene_of(see, link, ()), relayed))
    cleared = _clear(see, pods, link, used, now)
    jobs += cleared.jobs
    return Decision("ready", tuple(jobs), cleared.hold, cleared.wake)


def unrelayed(pod: str, see: Snapshot) -> Hold | None:
    """Return why a pod does not reach what it needs of this machine."""
    told, needed = _relayed(see), {need.name for need in see.needs(pod)}
    closed = [name for name in _stood_for(see, (pod,)) if name in needed and _pairs(name, see)]
    closed = [name for name in closed if not (told.ok and name in told.services)]
    if not closed:
        return None
    why = f"is broken: {told.error}" + (f"; {told.hint}" if told.hint else "") if told.error else "is not open yet"
    return Hold(f"its way to {closed[0]} on this machine {why}")


def _relayed(see: Snapshot) -> Relayed:
    return see.fact(("relay", "", 0), Relayed) or Relayed("")


def _stood_for(see: Snapshot, pods: tuple[str, ...]) -> tuple[str, ...]:
    """Return the services of this machine that pods use, whether they have their ports by now or not."""
    used = dict.fromkeys(ref.node for pod in pods for ref in see.graph.contained[pod])
    return tuple(
        name for name in used if isinstance(see.graph.nodes.get(name), Service) and see.place(name) != "kubernetes"
    )


def _pairs(name: str, see: Snapshot) -> tuple[tuple[int, int], ...]:
    """Return the ports by which pods know a service of this machine, each with the one here."""
    node, leased = see.graph.nodes[name], see.ports(name)
    if not isinstance(node, Service) or leased is None:
        return ()
    pairs = {port.number: leased.shared[port.name] for port in node.ports if port.name in leased.shared}
    return tuple(sorted(pairs.items()))


def _clear(see: Snapshot, pods: tuple[str, ...], link: Linked, relayed: tuple[str, ...], now: Instant) -> Decision:
    present = see.fact(("present", "", 0), Present)
    known_nodes = present.nodes if present is not None else {}
    lost = tuple(name for name, kinds in sorted(known_nodes.items()) if _is_lost(name, kinds, see, pods, relayed))
    # The nodes take a moment to lead pods to this machine: until then the pods that went before answer them.
    led = _relayed(see).at + RETRY
    early = now < led and any(name in relayed for name in lost)
    lost = tuple(name for name in lost if not early or name not in relayed)
    if not lost or not link.ok:
        return Decision("stopped", wake=led if early else None)
    identity = digest(lost, relayed, link.identity)
    known = see.fact(("clear", "", 0), Cleared)
    job = Clear(("clear", "", 0), identity, lost, relayed)
    if known is None or known.identity.partition("|")[0] != identity:
        return Decision("stopping", (job,))
    again = known.at + RETRY
    if now < again:
        return Decision("stopping", wake=again, hold=Hold(known.error, until=again) if known.error else None)
    return Decision("stopping", (Clear(job.key, f"{identity}|{known.at}", lost, relayed),))


_STAYING: Final = frozenset(
    {"PersistentVolumeClaim", "Pod", "ReplicaSet", "Event", "Namespace", "CustomResourceDefinition"}
)
"""What stays of a node: its data, and what goes with something else."""


def _is_lost(name: str, kinds: tuple[str, ...], see: Snapshot, pods: tuple[str, ...], relayed: tuple[str, ...]) -> bool:
    """Whether something of a node is in the cluster that does not belong there.

    Declared secrets and settings have objects of their own there, and the relay has while it stands for anybody.
    """
    node = see.graph.nodes.get(name)
    if (
        name in pods
        or (node is not None and not isinstance(node, Service | Task | Manifests))
        or (relayed and name.startswith("homeport-relay"))
    ):
        return False
    if name in relayed and not (_relayed(see).ok and name in _relayed(see).services):
        return False  # other pods are served by its pods until they can be by this machine
    return bool(set(kinds) - _STAYING - ({"Service"} if name in relayed else set()))
