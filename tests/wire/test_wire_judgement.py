"""What the conditions of a wait mean."""

import pytest

from homeport.model.view import Frame, NodeView, State
from homeport.wire.judgement import Condition, expected, judge


def frame(*nodes: NodeView, settled: bool = False) -> Frame:
    """Return a whole frame."""
    return Frame(1, "demo", "demo", nodes, settled=settled)


@pytest.mark.parametrize(
    ("state", "condition", "is_there"),
    [
        ("ready", "ready", True),
        ("completed", "ready", True),
        ("starting", "ready", False),
        ("unready", "ready", False),
        ("completed", "completed", True),
        ("ready", "completed", False),
        ("failed", "stopped", True),
        ("stopped", "stopped", True),
        ("stopping", "stopped", False),
        ("ready", "stopped", False),
    ],
)
def test_a_state_fits_a_condition_or_not(state: State, condition: Condition, is_there: bool) -> None:
    """Ready means usable, completed means succeeded, stopped means nothing of it runs."""
    assert (not judge(frame(NodeView("api", "service", state)), ["api"], condition).missing) is is_there


@pytest.mark.parametrize(("state", "is_hopeless"), [("failed", True), ("disabled", True), ("restarting", False)])
def test_only_what_cannot_come_is_hopeless(state: State, is_hopeless: bool) -> None:
    """A crash that is retried is waited for; a failure that is final is not."""
    verdict = judge(frame(NodeView("api", "service", state)), ["api"], "ready")
    assert ("api" in verdict.hopeless) is is_hopeless


def test_a_third_crash_in_a_row_is_hopeless() -> None:
    """Who waits is told; the house goes on trying."""
    crashes = [NodeView("api", "service", "restarting", crashes=count) for count in (2, 3)]
    assert [bool(judge(frame(node), ["api"], "ready").hopeless) for node in crashes] == [False, True]


@pytest.mark.parametrize("state", ["stopped", "waiting"])
def test_between_two_runs_nothing_is_hopeless(state: State) -> None:
    """A node that looks stopped, or waits, is given up only once the house has settled."""
    node = NodeView("api", "service", state)
    assert not judge(frame(node), ["api"], "ready").hopeless
    assert judge(frame(node, settled=True), ["api"], "ready").hopeless


def test_a_node_that_left_the_file_will_not_come() -> None:
    """Waiting for what a save removed ends at once."""
    assert judge(frame(), ["api"], "ready").hopeless == {"api": "is no longer in the stack file"}
    assert not judge(frame(), ["api"], "stopped").missing


def test_without_names_everything_that_runs_by_itself_is_meant() -> None:
    """Buttons, what is switched off, tools and secrets are not waited for."""
    nodes = (
        NodeView("api", "service", "starting"),
        NodeView("seed", "task", "failed", manual=True),
        NodeView("extra", "service", "stopped", manual=True),
        NodeView("asked-for", "service", "starting", manual=True),
        NodeView("off", "service", "disabled"),
        NodeView("node", "tool", "ready"),
    )
    assert expected(frame(*nodes)) == ("api", "asked-for")
