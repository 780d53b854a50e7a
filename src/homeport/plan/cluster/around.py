"""Decisions about a cluster as a whole, besides what is applied there: the way back to this machine, and what is removed."""

from collections.abc import Mapping

from homeport.model.instants import Instant
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.clearing import decide_clear
from homeport.plan.cluster.link import link_of
from homeport.plan.cluster.way_back import decide_relay
from homeport.plan.decision import Decision


def decide_around(see: Snapshot, pods: tuple[str, ...], decided: Mapping[str, Decision], now: Instant) -> Decision:
    """Decide about the way back for pods that use services of this machine, and about what is removed from the cluster."""
    link = link_of(see)
    if link is None or not link.namespace:
        return Decision("stopped")
    cleared = decide_clear(see, pods, link, now)
    return Decision("ready", (*decide_relay(see, pods, link, decided), *cleared.jobs), wake=cleared.wake)
