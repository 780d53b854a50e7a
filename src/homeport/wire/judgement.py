"""What the conditions of a wait mean: pure judgement of frames, the same for a house and for its clients."""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from homeport.model.running import RUNNING
from homeport.model.view import Frame, NodeView

Condition = Literal["ready", "completed", "stopped"]
_FITS: Mapping[str, frozenset[str]] = {
    "ready": frozenset({"ready", "completed"}),
    "completed": frozenset({"completed"}),
    "stopped": frozenset({"stopped", "disabled", "completed", "failed"}),
}


TRIES = 3
"""Crashes in a row after which a wait gives up; the house goes on trying."""


class Verdict(Struct, frozen=True):
    """``missing``: nodes not in the condition, and what each does instead; ``hopeless``: those that will not get there."""

    missing: Mapping[str, str]
    hopeless: Mapping[str, str]


def expected(frame: Frame) -> tuple[str, ...]:
    """Return the nodes that a wait without names means: all that are to run or to complete by themselves."""
    return tuple(node.name for node in frame.nodes if node.type in RUNNING and not _is_idle(node))


def judge(frame: Frame, names: Iterable[str], condition: Condition) -> Verdict:
    """Judge a whole frame."""
    nodes = {node.name: node for node in frame.nodes}
    missing: dict[str, str] = {}
    hopeless: dict[str, str] = {}
    for name in names:
        node = nodes.get(name)
        if node is None:
            if condition != "stopped":
                missing[name] = hopeless[name] = "is no longer in the stack file"
        elif node.state not in _FITS[condition]:
            missing[name] = sentence(node)
            if _is_hopeless(frame, node, condition):
                hopeless[name] = missing[name]
    return Verdict(missing, hopeless)


def sentence(node: NodeView) -> str:
    """Return the state and its detail in one sentence without the name: "failed: exit code 1", "waiting for db"."""
    if not node.detail or node.detail.startswith(node.state):
        return node.detail or node.state
    return f"{node.state}: {node.detail}"


def _is_idle(node: NodeView) -> bool:
    return node.state in ("disabled", "stopped") or (node.manual and node.type == "task")


def _is_hopeless(frame: Frame, node: NodeView, condition: Condition) -> bool:
    if condition == "stopped":
        return False
    if node.state == "restarting":
        return node.crashes >= TRIES
    # Between two runs a node may look stopped for a moment, hence the settled frame.
    # What waits in a settled house waits for one that will not help it without a person.
    return node.state in ("failed", "disabled") or (node.state in ("stopped", "waiting") and frame.settled)
