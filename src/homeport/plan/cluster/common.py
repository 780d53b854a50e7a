"""Decisions about what all nodes in a cluster share, the namespace and the secrets, and whether somebody deleted any of it."""

from collections.abc import Mapping
from typing import Final

from homeport.model.cluster_jobs import DeployCommon
from homeport.model.facts import Known
from homeport.model.instants import SECOND, Instant
from homeport.model.nodes import EnvFile, Secret
from homeport.model.plan import Hold
from homeport.model.shipped import Deployed, Present
from homeport.model.snapshot import Snapshot
from homeport.model.view import State
from homeport.plan.cluster.link import link_hold, link_of, scene_of
from homeport.plan.decision import Decision, advised, waiting
from homeport.plan.identity import digest

COMMON: Final = "cluster common"
"""The decision about what all nodes in the cluster share; no node has such a name."""
RETRY: Final[Instant] = 2 * SECOND
"""What the cluster did not take for a reason that may pass is applied again after so long, and within that it tells of it."""
SLOW: Final[Instant] = 30 * SECOND
"""Who refused for a reason that people have to mend, such as whose a namespace is, is asked again after so long."""


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
    hold = Hold(advised(done.error, done.hint))
    wake = done.at + (RETRY if done.passing else SLOW)
    state: State = "waiting" if done.passing else "failed"
    if now < wake:
        return Decision(state, hold=hold, wake=wake)
    return Decision(state, (DeployCommon(key, again, scene_of(see, link, pods)),), hold)


def unprepared(decided: Mapping[str, Decision]) -> Decision | None:
    """Return what is decided about a node while what all share is not there, or None when it is."""
    common = decided[COMMON]
    if common.ready:
        return None
    return waiting(common.hold or Hold("its namespace is being prepared"), hopeless=common.state == "failed")


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
