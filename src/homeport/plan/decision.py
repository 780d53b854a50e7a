"""What was decided about one node, and the answer that all decisions make together."""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from homeport.model.cluster_jobs import RunPodTask
from homeport.model.facts import Key
from homeport.model.instants import Instant
from homeport.model.nodes import Task
from homeport.model.parts import Condition, Need
from homeport.model.plan import Hold, Job, RunTask
from homeport.model.snapshot import Snapshot
from homeport.model.view import State


class Place(Struct, frozen=True, omit_defaults=True):
    """What was decided about one replica: its state, the sentence beside it, and whether it serves."""

    state: State
    detail: str = ""
    ready: bool = False


PAUSED: Final = "paused: changes wait"
"""What is told of news that a pause collects."""


class Decision(Struct, frozen=True, omit_defaults=True):
    """One node at one instant.

    ``started``, ``ready`` and ``completed`` are the conditions that others may need, true only of the right version.
    ``slot`` is a task or build that may start as soon as few enough others run; ``busy`` one that runs. ``places`` are a
    service's replicas. ``stale`` tells of news that wait.
    """

    state: State
    jobs: tuple[Job, ...] = ()
    hold: Hold | None = None
    wake: Instant | None = None
    started: bool = False
    ready: bool = False
    completed: bool = False
    slot: RunTask | RunPodTask | None = None
    busy: bool = False
    detail: str = ""
    places: tuple[Place, ...] = ()
    stale: str = ""

    def meets(self, condition: Condition) -> bool:
        """Whether the node is in a condition that others need."""
        match condition:
            case "started":
                return self.started
            case "completed":
                return self.completed
            case _:
                return self.ready


def waiting(hold: Hold, *, hopeless: bool = False) -> Decision:
    """Return the decision about who is held. ``hopeless``: that will not pass by itself."""
    return Decision("failed" if hopeless else "waiting", hold=hold, detail=hold.reason)


def advised(error: str, hint: str | None) -> str:
    """Return an error with its next step, if it has one."""
    return f"{error}; {hint}" if hint else error


class Answer(Struct, frozen=True):
    """All decisions about one snapshot at one instant, and what follows from them together.

    The decision under the name ``""`` is about the stack as a whole; ``names`` are the nodes wanted.
    """

    see: Snapshot
    decisions: Mapping[str, Decision]
    jobs: Mapping[Key, Job]
    holds: Mapping[str, Hold]
    wake: Instant | None = None
    names: frozenset[str] = frozenset()


def unmet(needs: tuple[Need, ...], decided: Mapping[str, Decision]) -> Hold | None:
    """Return why the first unmet need holds a node back, or None when all are met."""
    for need in needs:
        decision = decided.get(need.name)
        if decision is None:
            return Hold(f"{need.name} is not declared", cause=need.name)
        if not decision.meets(need.condition):
            return Hold(f"waiting for {need.name}, which is {decision.state}", cause=need.name)
    return None


def behind(name: str, see: Snapshot) -> Iterator[Need]:
    """Yield what the tasks need that a node needs: while it is away a task may stand that ran on it before."""
    for need in see.needs(name):
        if isinstance(see.graph.nodes.get(need.name), Task):
            yield from see.needs(need.name)
            yield from behind(need.name, see)
