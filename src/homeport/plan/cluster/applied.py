"""Decisions that services and objects of the user's own share: what becomes of that which was applied, and of its image."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.model.cluster_jobs import Deploy, DeployManifests
from homeport.model.instants import SECOND, Instant
from homeport.model.plan import Hold
from homeport.model.rollouts import Linked, PodSeen, Rollout
from homeport.model.shipped import Deployed
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.common import gone
from homeport.plan.cluster.link import link_hold, link_of
from homeport.plan.cluster.way_back import unrelayed
from homeport.plan.decision import Decision, advised, behind, unmet, waiting

RETRY: Final[Instant] = 2 * SECOND
"""What the cluster did not take for a reason that may pass is applied again after so long."""

Apply = Callable[[str], Deploy | DeployManifests]
"""Returns the job that applies a node under an identity."""
Judge = Callable[[Deployed], Decision]
"""Decides by what the cluster says of the objects that were applied last."""


class Applied(Struct, frozen=True):
    """A node that has, or is to have, objects in the cluster, with what is known of them.

    ``deployed`` is what was applied. ``blocked``: why it may not be begun now; what runs is left alone by that.
    """

    name: str
    see: Snapshot
    now: Instant
    link: Linked
    deployed: Deployed | None
    rollout: Rollout | None
    blocked: Hold | None

    @property
    def kept_away(self) -> Hold | None:
        """Why what is gone stays away for now: its needs come first, as when it was begun."""
        return self.blocked if _is_bare(self.rollout) else None

    @property
    def pods(self) -> tuple[PodSeen, ...]:
        """All pods of the node."""
        return self.rollout.pods if self.rollout is not None else ()


def found(name: str, see: Snapshot, decided: Mapping[str, Decision], now: Instant) -> Applied | Decision:
    """Return what is known of a node, or what is decided while nothing is known of its cluster."""
    link = link_of(see)
    if link is None or not link.namespace:
        return waiting(link_hold(link), hopeless=link is not None and bool(link.error))
    deployed, rollout = see.fact(("deploy", name, 0), Deployed), see.fact(("rollout", name, 0), Rollout)
    blocked = unmet(see.needs(name), decided) or unrelayed(name, see)
    if blocked is None and deployed is not None and _is_bare(rollout):
        blocked = unmet(tuple(need for need in behind(name, see) if not _is_off(need.name, decided)), decided)
    return Applied(name, see, now, link, deployed, rollout, blocked)


def _is_off(name: str, decided: Mapping[str, Decision]) -> bool:
    """Whether a node is off by somebody's will: who leans on what a task made of it does not wait for it."""
    decision = decided.get(name)
    return decision is not None and decision.state in ("stopped", "disabled")


def _is_bare(rollout: Rollout | None) -> bool:
    """Whether nothing of a node runs in the cluster, nor is to."""
    return rollout is None or not rollout.kind


def decide_applied(case: Applied, done: Deployed, apply: Apply, judge: Judge) -> Decision:
    """Decide about what was applied as it should be."""
    if done.error:
        return _refused(case, done, apply)
    return _missed(case, done, apply, judge) or judge(done)


def _refused(case: Applied, done: Deployed, apply: Apply) -> Decision:
    again = apply(f"{done.identity.partition('|')[0]}|{done.at}")
    if not done.passing:
        if case.rollout is not None and not case.rollout.kind and case.rollout.since > done.at:
            # What was in the way is gone: somebody removed it, as the hint may have said.
            if case.kept_away is not None:
                return waiting(case.kept_away)
            return Decision("starting", (again,), detail="is being applied again")
        return failed(done)
    wake = done.at + RETRY
    if case.now < wake:
        return Decision("restarting", hold=Hold(done.error, until=wake), wake=wake, detail=done.error)
    if case.kept_away is not None:
        return waiting(case.kept_away)
    return Decision("restarting", (again,), detail=done.error)


def failed(done: Deployed) -> Decision:
    """Decide about what a person has to mend first."""
    return waiting(Hold(advised(done.error, done.hint)), hopeless=True)


def _missed(case: Applied, done: Deployed, apply: Apply, judge: Judge) -> Decision | None:
    """Decide to apply again what somebody deleted, once what all share is sure to be there."""
    since, common = gone(case.name, case.see), case.see.fact(("deploy", "", 0), Deployed)
    if since is None:
        return None
    if case.now < since:
        return replace(judge(done), wake=since)
    if common is None or common.error or common.at <= done.at:
        return waiting(Hold("its objects were deleted"))
    if case.kept_away is not None:
        return waiting(case.kept_away)
    again = apply(f"{done.identity.partition('|')[0]}|{done.at}")
    return Decision("starting", (again,), detail="was deleted, and is applied again")


def without_image(case: Applied, user: str, decided: Mapping[str, Decision], hold: Hold, judge: Judge) -> Decision:
    """Decide as the image of a ``user`` does while it is missing: whatever ran before runs on, and others may lean on it."""
    image = decided.get(f"{case.see.graph.image_of.get(user)} kubernetes")
    if image is None or image.ready:
        return waiting(hold)
    before = case.deployed if case.deployed is not None and not case.deployed.error else None
    runs_on = judge(before) if before is not None else None
    if runs_on is not None and runs_on.state == "ready" and image.state == "failed":
        # As a failed build of a process: what works stays, and is told as stale.
        return replace(runs_on, wake=image.wake)
    return Decision(
        image.state,
        hold=image.hold or Hold(image.detail),
        wake=image.wake,
        detail=image.detail,
        started=runs_on is not None and runs_on.started,
        ready=runs_on is not None and runs_on.ready,
    )


def as_heard(decision: Decision, link: Linked) -> Decision:
    """Return what is decided of a node that looks well, as long as the cluster is heard and means to keep it."""
    if decision.state not in ("ready", "starting"):
        return decision
    if link.down:
        return replace(decision, state="unready", detail=f"the cluster is not heard: {link.down}")
    if link.leaving:
        return replace(decision, state="unready", detail=f'the namespace "{link.namespace}" is being deleted')
    return decision
