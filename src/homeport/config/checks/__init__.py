"""What a graph must keep: one file per concern, each pure, each telling every independent mistake."""

from collections.abc import Mapping

from homeport.config.findings import Finding
from homeport.config.look import Seen
from homeport.model.graph import Graph


def check(graph: Graph, seen: Seen, options: Mapping[str, str]) -> list[Finding]:
    """Return every mistake of a graph. ``seen`` is what the machine has; ``options`` are the given ones."""
    return []
