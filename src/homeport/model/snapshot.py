"""Graph, wishes and facts, frozen at one revision: the only thing that plans and screens read."""

from collections.abc import Mapping
from typing import Literal, TypeVar

from msgspec import Struct

from homeport.model.facts import Done, Fact, Health, Key, Leased, Run
from homeport.model.graph import Graph
from homeport.model.wishes import Wishes

F = TypeVar("F", bound=Fact)
NodeFacts = Mapping[tuple[str, int], Fact]
"""The facts of one node by kind and replica. Replaced as a whole, so that "nothing new" is one comparison."""


class Snapshot(Struct, frozen=True):
    """The world at one revision.

    ``house`` names this run of Homeport; ``closing``: everything is to end, dependents first or at once. Facts of no
    particular node are kept under the name ``""``.
    """

    graph: Graph
    wishes: Wishes
    facts: Mapping[str, NodeFacts]
    house: str = ""
    revision: int = 0
    closing: Literal["", "in order", "at once"] = ""

    def fact(self, key: Key, kind: type[F]) -> F | None:
        """Return the fact under ``key`` when it is of ``kind``."""
        kept, name, replica = key
        known = self.facts.get(name)
        found = known.get((kept, replica)) if known else None
        return found if isinstance(found, kind) else None

    def run(self, name: str, replica: int = 0) -> Run | None:
        """Return the newest run of a service's replica or of a task."""
        return self.fact(("run", name, replica), Run)

    def replicas(self, name: str) -> tuple[int, ...]:
        """Return the places that a node's runs, past ones included, have or had."""
        known = self.facts.get(name)
        return tuple(replica for kind, replica in known if kind == "run") if known else ()

    def alive(self, name: str) -> dict[int, Run]:
        """Return the runs of a node that have not ended, by replica."""
        runs = ((replica, self.run(name, replica)) for replica in self.replicas(name))
        return {replica: run for replica, run in runs if run is not None and run.alive}

    def health(self, name: str, replica: int = 0) -> Health | None:
        """Return what the readiness probe reports of a replica."""
        return self.fact(("health", name, replica), Health)

    def done(self, name: str) -> Done | None:
        """Return a task's last success."""
        return self.fact(("done", name, 0), Done)

    def ports(self, name: str) -> Leased | None:
        """Return the ports of a service."""
        return self.fact(("ports", name, 0), Leased)
