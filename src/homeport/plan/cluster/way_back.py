"""Decisions about the way back: pods reach the services of this machine that they use."""

from collections.abc import Mapping

from homeport.model.cluster_jobs import Relay
from homeport.model.nodes import Service
from homeport.model.plan import Hold
from homeport.model.rollouts import Linked
from homeport.model.shipped import Deployed, Relayed
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.common import COMMON
from homeport.plan.cluster.link import scene_of
from homeport.plan.decision import Decision, advised
from homeport.plan.identity import digest


def decide_relay(
    see: Snapshot, pods: tuple[str, ...], link: Linked, decided: Mapping[str, Decision]
) -> tuple[Relay, ...]:
    """Return the job that leads pods to the services of this machine which they use."""
    # Until a service that moves is ready here, its pods go on for those of others.
    before = way_back(see).services
    fit = [name for name in stood_for(see, pods) if decided[name].ready or name in before]
    services = {name: pairs for name in fit if (pairs := _pairs(name, see))}
    known = see.fact(("deploy", "", 0), Deployed)
    # Tunnels outlive what all share being brought anew, and a short silence of the cluster.
    if not services or not (decided[COMMON].ready or (known is not None and not known.error)):
        return ()
    return (Relay(("relay", "", 0), digest(link.identity, link.namespace), scene_of(see, link, ()), services),)


def unrelayed(pod: str, see: Snapshot) -> Hold | None:
    """Return why a pod does not reach what it needs of this machine."""
    told, needed = way_back(see), {need.name for need in see.needs(pod)}
    closed = [name for name in stood_for(see, (pod,)) if name in needed and _pairs(name, see)]
    closed = [name for name in closed if not (told.ok and name in told.services)]
    if not closed:
        return None
    why = f"is broken: {advised(told.error, told.hint)}" if told.error else "is not open yet"
    return Hold(f"its way to {closed[0]} on this machine {why}")


def way_back(see: Snapshot) -> Relayed:
    """Return what is known of the way back."""
    return see.fact(("relay", "", 0), Relayed) or Relayed("")


def stood_for(see: Snapshot, pods: tuple[str, ...]) -> tuple[str, ...]:
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
