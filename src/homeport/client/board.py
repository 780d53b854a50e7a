"""The whole house out of frames that tell only what changed."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from homeport.model.view import Frame, NodeView


class Board:
    """Keeps the newest view of every node."""

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self._nodes: dict[str, NodeView] = {}

    @property
    def nodes(self) -> "tuple[NodeView, ...]":
        """All nodes, in the order of their declaration as far as it was told."""
        return tuple(self._nodes.values())

    def whole(self) -> "Frame":
        """Return the newest frame with all nodes in it. Only after a first ``take``."""
        return cast("Frame", SimpleNamespace(**{**vars(self.frame), "nodes": self.nodes, "removed": (), "since": 0}))

    def take(self, frame: "Frame") -> "list[tuple[NodeView | None, NodeView]]":
        """Take a frame; return the nodes that changed as (before, now), ``before`` being None for new ones."""
        self.frame = frame
        if not frame.since:
            self._nodes = {node.name: self._nodes[node.name] for node in frame.nodes if node.name in self._nodes}
        for name in frame.removed:
            self._nodes.pop(name, None)
        changed = [(self._nodes.get(node.name), node) for node in frame.nodes]
        self._nodes.update((node.name, node) for node in frame.nodes)
        return changed
