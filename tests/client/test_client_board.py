"""A board keeps the whole house out of frames that tell only what changed."""

from homeport.client.board import Board
from homeport.model.view import Frame, NodeView


def node(name: str, state: str = "starting") -> NodeView:
    """Return a service."""
    return NodeView(name, "service", state)  # type: ignore[arg-type]


def test_changes_are_told_with_what_was_before() -> None:
    """New nodes have no before; nodes that a frame does not mention stay."""
    board = Board()
    assert board.take(Frame(1, "s", "s", (node("a"), node("b")))) == [(None, node("a")), (None, node("b"))]
    assert board.take(Frame(2, "s", "s", (node("b", "ready"),), since=1)) == [(node("b"), node("b", "ready"))]
    assert board.nodes == (node("a"), node("b", "ready"))


def test_removed_nodes_leave() -> None:
    """A save that removes a service removes its row."""
    board = Board()
    board.take(Frame(1, "s", "s", (node("a"), node("b"))))
    board.take(Frame(2, "s", "s", (), removed=("a",), since=1))
    assert board.nodes == (node("b"),)


def test_a_whole_frame_replaces_everything() -> None:
    """After the house was joined again, what is not in its first frame is gone."""
    board = Board()
    board.take(Frame(1, "s", "s", (node("a"), node("b"))))
    assert board.take(Frame(9, "s", "s", (node("b"), node("c")))) == [(node("b"), node("b")), (None, node("c"))]
    assert board.nodes == (node("b"), node("c"))
