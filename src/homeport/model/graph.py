"""The declared world: what one evaluation of a stack file said."""

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from homeport.kit.topology import ordered
from homeport.model.nodes import Node, Runnable, Service, Task
from homeport.model.parts import Command, CommandProbe, Exec, HttpProbe, Need
from homeport.model.values import Ref, Value, refs_of


class Graph(Struct, frozen=True, dict=True):
    """All nodes of a stack by name, in the order of their declaration.

    ``root`` is the absolute folder of the stack file, ``file`` the file itself, ``sources`` every file that the evaluation
    read: a change of one of them means a new evaluation. A source with wildcards stands for every file that it matches, now
    or later. ``interpreter`` evaluated it and is the project's ``python``. ``notes`` are the lines that the file printed.
    Names are unique over all kinds; start order has no cycles (checked by ``homeport.config``).
    """

    stack: str
    root: str
    file: str
    nodes: dict[str, Node]
    sources: tuple[str, ...] = ()
    interpreter: str = ""
    notes: tuple[str, ...] = ()

    def runnables(self) -> Iterator[Runnable]:
        """Yield services and tasks in the order of their declaration."""
        for node in self.nodes.values():
            if isinstance(node, Service | Task):
                yield node

    @cached_property
    def needs(self) -> dict[str, tuple[Need, ...]]:
        """What must be in order before each node starts: declared needs, references, tools and builds.

        Only an address can be used without a need: a soft reference to a secret or a setting needs it all the same.
        """
        found = {name: needs_of(node) for name, node in self.nodes.items()}
        for name, softly in self.soft.items():
            known = {need.name for need in found[name]}
            parts = [
                other for other in softly if other not in known and not isinstance(self.nodes[other], Service | Task)
            ]
            found[name] += tuple(map(Need, parts))
        return found

    @cached_property
    def refs(self) -> dict[str, tuple[Ref, ...]]:
        """The references of each node to other nodes, each once."""
        found = {name: refs_in(node) for name, node in self.nodes.items() if isinstance(node, Service | Task)}
        return {name: tuple(ref for ref in refs if ref.node) for name, refs in found.items()}

    @cached_property
    def soft(self) -> dict[str, tuple[str, ...]]:
        """Whose addresses each node uses without needing them."""
        found: dict[str, tuple[str, ...]] = {}
        for name in self.nodes:
            refs = self.refs.get(name, ())
            softly = (ref.node for ref in refs if ref.soft and ref.node in self.nodes and ref.node != name)
            found[name] = tuple(dict.fromkeys(softly))
        return found

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All names, each after what it needs; otherwise as declared."""
        edges = {name: [need.name for need in needs if need.name in self.nodes] for name, needs in self.needs.items()}
        return tuple(ordered(edges))


def needs_of(node: Node) -> tuple[Need, ...]:
    """Return all needs of a node, declared and implied; a declared one wins over an implied one of the same name."""
    if not isinstance(node, Service | Task):
        return ()
    needs = {need.name: need for need in node.needs}
    builds = node.builds if isinstance(node, Service) else ()
    for name in (*node.tools, *node.env_files, *builds, *(ref.node for ref in refs_in(node) if not ref.soft)):
        if name and name != node.name:
            needs.setdefault(name, Need(name))
    return tuple(needs.values())


def refs_in(node: Runnable) -> tuple[Ref, ...]:
    """Return every reference that a service or task uses, each once."""
    found: dict[Ref, None] = {}
    for value in _values_in(node):
        for ref in refs_of(value):
            found.setdefault(ref)
    return tuple(found)


def _values_in(node: Runnable) -> Iterator[Value]:
    yield from _values_of_command(node.run)
    yield from node.env.values()
    if isinstance(node, Service):
        for probe in (node.ready, node.live):
            match probe:
                case CommandProbe():
                    yield from _values_of_command(probe.run)
                case HttpProbe():
                    yield from probe.headers.values()
                case _:
                    pass


def _values_of_command(command: Command) -> Iterator[Value]:
    if isinstance(command, Exec):
        yield from command.argv
    else:
        yield command.text
