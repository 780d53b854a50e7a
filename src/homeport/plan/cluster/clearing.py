"""Decisions about what is removed from a cluster: all that belongs to nobody who has a place there, but never data."""

from typing import Final

from homeport.model.cluster_jobs import Clear
from homeport.model.instants import SECOND, Instant
from homeport.model.manifests import Manifests
from homeport.model.nodes import Service, Task
from homeport.model.rollouts import Linked
from homeport.model.shipped import Cleared, Present
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.way_back import stood_for, way_back
from homeport.plan.decision import Decision, advised
from homeport.plan.identity import digest

RETRY: Final[Instant] = 2 * SECOND
"""What is still there after so long is removed again."""
LED: Final[Instant] = 5 * SECOND
"""So long the nodes of a busy cluster may take to lead pods to another place, and nobody tells when they have."""
_STAYING: Final = frozenset(
    {"PersistentVolumeClaim", "Pod", "ReplicaSet", "Event", "Namespace", "CustomResourceDefinition"}
)
"""What stays of a node: its data, and what goes with something else."""


def decide_clear(see: Snapshot, pods: tuple[str, ...], link: Linked, now: Instant) -> Decision:
    """Decide about the objects of nodes whose place is the cluster no more."""
    relayed = stood_for(see, pods)
    present = see.fact(("present", "", 0), Present)
    known_nodes = present.nodes if present is not None else {}
    lost = tuple(name for name, kinds in sorted(known_nodes.items()) if _is_lost(name, kinds, see, pods, relayed))
    # The nodes take a moment to lead pods to this machine: until then the pods that went before answer them.
    led = way_back(see).at + LED
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
        return Decision("stopping", wake=again)
    return Decision("stopping", (Clear(job.key, f"{identity}|{known.at}", lost, relayed),))


def unremoved(name: str, see: Snapshot, *, wanted: bool) -> str:
    """Return why something of a node is still in the cluster, where it has no place any more."""
    known, present = see.fact(("clear", "", 0), Cleared), see.fact(("present", "", 0), Present)
    if known is None or not known.error or present is None or (wanted and see.place(name) == "kubernetes"):
        return ""
    kinds = set(present.nodes.get(name, ())) - _STAYING - {"Service"}
    why = advised(known.error, known.hint)
    return f"what it had in the cluster ({', '.join(sorted(kinds))}) could not be removed: {why}" if kinds else ""


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
    if name in relayed and not (way_back(see).ok and name in way_back(see).services):
        return False  # other pods are served by its pods until they can be by this machine
    return bool(set(kinds) - _STAYING - ({"Service"} if name in relayed else set()))
