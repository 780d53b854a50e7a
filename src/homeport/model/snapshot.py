"""Graph, wishes and facts, frozen at one revision: the only thing that plans and screens read."""

from collections.abc import Mapping
from typing import Literal, TypeVar

from msgspec import Struct

from homeport.model.facts import Done, Fact, Health, Key, Leased, Provided, Run
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests
from homeport.model.nodes import Service, Task
from homeport.model.parts import Need
from homeport.model.places import Place
from homeport.model.values import Ref
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

    def place(self, name: str) -> Place:
        """Return where a node runs: as people wish, else as the file says; what cannot be a container is always here.

        Objects of a cluster are always there. What is only an image, and what lacks its program on this machine, runs in a
        container where it would be a process.
        """
        node = self.graph.nodes.get(name)
        if isinstance(node, Manifests):
            return "kubernetes"
        if not isinstance(node, Service | Task) or node.container is None:
            return "here"
        wished = self.wishes.places
        place = wished.get(name) or node.on or wished.get("") or self.graph.on or "here"
        return "docker" if place == "here" and (node.run is None or self._lacks_program(node)) else place

    def _lacks_program(self, node: Service | Task) -> bool:
        found = (self.fact(("tool", name, 0), Provided) for name in node.tools)
        return any(tool is not None and tool.missing for tool in found)

    def refs(self, name: str) -> tuple[Ref, ...]:
        """Return the references to other nodes that a service or task uses where it is to run."""
        return self.graph.refs[name] if self.place(name) == "here" else self.graph.contained[name]

    def needs(self, name: str) -> tuple[Need, ...]:
        """Return what must be in order before a node starts where it is to run."""
        needs = self.graph.container_needs.get(name)
        return self.graph.needs[name] if needs is None or self.place(name) == "here" else needs
