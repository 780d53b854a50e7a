"""The only way in which a worker writes."""

from typing import Protocol

from homeport.model.facts import Fact, Key
from homeport.model.graph import Graph


class Report(Protocol):
    """Takes facts. The crew never runs two workers in one place, so a key has one writer at a time."""

    def put(self, key: Key, fact: Fact) -> None:
        """Record a fact."""
        ...

    def declare(self, graph: Graph) -> None:
        """Replace the declared world."""
        ...
