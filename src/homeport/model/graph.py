"""The declared world: what one evaluation of a stack file said."""

from collections.abc import Iterator

from msgspec import Struct

from homeport.model.nodes import Node, Runnable, Service, Task
from homeport.model.parts import Command, CommandProbe, Exec, HttpProbe, Need
from homeport.model.values import Ref, Value, refs_of


class Graph(Struct, frozen=True, dict=True):
    """All nodes of a stack by name, in the order of their declaration.

    ``root`` is the absolute folder of the stack file, ``file`` the file itself, ``sources`` every file that the evaluation
    read: a change of one of them means a new evaluation. ``interpreter`` evaluated it and is the project's ``python``.
    Names are unique over all kinds; start order has no cycles (checked by ``homeport.config``).
    """

    stack: str
    root: str
    file: str
    nodes: dict[str, Node]
    sources: tuple[str, ...] = ()
    interpreter: str = ""

    def runnables(self) -> Iterator[Runnable]:
        """Yield services and tasks in the order of their declaration."""
        for node in self.nodes.values():
            if isinstance(node, Service | Task):
                yield node

    def needs_of(self, name: str) -> tuple[Need, ...]:
        """Return what must be in order before ``name`` starts: declared needs, references, tools and builds."""
        return needs_of(self.nodes[name])


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
