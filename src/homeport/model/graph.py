"""The declared world: what one evaluation of a stack file said."""

from collections.abc import Iterator
from functools import cached_property
from typing import Final

import msgspec
from msgspec import Struct

from homeport.kit.topology import ordered
from homeport.model.containers import BuiltImage, Container, Dockerfile, Image, NamedImage
from homeport.model.manifests import Manifests, image_key
from homeport.model.nodes import Node, Runnable, Service, Task, Tool
from homeport.model.parts import Command, CommandProbe, Exec, HttpProbe, Need, Probe
from homeport.model.places import Placed, Site
from homeport.model.values import Ref, Value, refs_of

LIVE: Final = "live:"
"""Before the name of an image, or of a node with somebody else's: the files that are kept up to date in its pods."""


class Graph(Struct, frozen=True, dict=True):
    """All nodes of a stack by name, in the order of their declaration.

    ``root`` is the absolute folder of the stack file, ``file`` the file itself, ``sources`` every file that the evaluation
    read: a change of one of them means a new evaluation. A source with wildcards stands for every file that it matches, now
    or later. ``interpreter`` evaluated it and is the project's ``python``. ``notes`` are the lines that the file printed.
    ``on``: where everything runs that says nothing itself; ``site``: the cluster that the file names.
    Names are unique over all kinds; start order has no cycles (checked by ``homeport.config``).
    """

    stack: str
    root: str
    file: str
    nodes: dict[str, Node]
    sources: tuple[str, ...] = ()
    interpreter: str = ""
    notes: tuple[str, ...] = ()
    on: Placed = ""
    site: Site = Site()

    def knows(self, name: str) -> bool:
        """Whether facts are kept under a name: that of the stack (``""``), of a node or an image, or of files in pods."""
        bare = name.removeprefix(LIVE)
        return not name or bare in self.nodes or bare in self.images

    def runnables(self) -> Iterator[Runnable]:
        """Yield services and tasks in the order of their declaration."""
        for node in self.nodes.values():
            if isinstance(node, Service | Task):
                yield node

    def manifests(self) -> Iterator[Manifests]:
        """Yield objects of the user's own in the order of their declaration."""
        for node in self.nodes.values():
            if isinstance(node, Manifests):
                yield node

    @cached_property
    def needs(self) -> dict[str, tuple[Need, ...]]:
        """What must be in order before each program of this machine starts: declared needs, references, tools and builds.

        What only its container uses makes no need here: a program never waits for what it does not use.
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
        """The references of each program of this machine to other nodes, each once."""
        found = {name: refs_in(node) for name, node in self.nodes.items() if isinstance(node, Service | Task)}
        return {name: tuple(ref for ref in refs if ref.node) for name, refs in found.items()}

    @cached_property
    def contained(self) -> dict[str, tuple[Ref, ...]]:
        """The references of each container to other nodes, each once; nodes that can only be processes are absent.

        Objects of the user's own refer to the services that they need: there they find each under its name.
        """
        found = {node.name: refs_in_container(node) for node in self.runnables() if node.container is not None}
        for own in self.manifests():
            needed = (need.name for need in own.needs if isinstance(self.nodes.get(need.name), Service))
            found[own.name] = tuple(Ref(name, "host") for name in needed)
        return {name: tuple(ref for ref in refs if ref.node) for name, refs in found.items()}

    @cached_property
    def container_needs(self) -> dict[str, tuple[Need, ...]]:
        """What must be in order before each container starts; nodes that can only be processes are absent.

        Tasks that cannot be containers prepare this machine, and so does what finds programs for it: a container waits for
        them only when it says so itself.
        """
        found = {node.name: _container_needs(node, self) for node in self.runnables() if node.container is not None}
        for name, needs in found.items():
            refs, known = self.contained[name], {need.name for need in needs}
            soft = (ref.node for ref in refs if ref.soft and ref.node != name and ref.node not in known)
            parts = [each for each in soft if not isinstance(self.nodes.get(each), Service | Task)]
            found[name] = needs + tuple(map(Need, dict.fromkeys(parts)))
        return found

    @cached_property
    def images(self) -> dict[str, Image]:
        """Every image that is made, once, under ``image:`` and the name of the first who uses it."""
        first: dict[str, str] = {}
        found: dict[str, Image] = {}
        for user, image in self.image_users.items():
            if not isinstance(image, NamedImage):
                mark = msgspec.json.encode(image).decode()
                found.setdefault(first.setdefault(mark, f"image:{user}"), image)
        return found

    @cached_property
    def image_users(self) -> dict[str, Image]:
        """The image of each container, by the name of its node; those in manifests by the names of node and image."""
        found = {node.name: node.container.image for node in self.runnables() if node.container is not None}
        for node in self.manifests():
            found |= {image_key(node.name, name): image for name, image in node.images.items()}
        return found

    @cached_property
    def image_of(self) -> dict[str, str]:
        """The name in ``images`` of what each of ``image_users`` runs; those with somebody else's image are absent."""
        marks = {msgspec.json.encode(image): name for name, image in self.images.items()}
        found = ((user, marks.get(msgspec.json.encode(image))) for user, image in self.image_users.items())
        return {user: image for user, image in found if image is not None}

    @cached_property
    def moving_tools(self) -> frozenset[str]:
        """The tools without which a node would be a container instead of a program of this machine."""
        return frozenset(tool for node in self.runnables() if node.container is not None for tool in node.tools)

    @cached_property
    def image_refs(self) -> dict[str, tuple[Ref, ...]]:
        """The references of each image that is made to other nodes, each once."""
        return {name: _once(_values_of_image(image)) for name, image in self.images.items()}

    @cached_property
    def soft(self) -> dict[str, tuple[str, ...]]:
        """Whose addresses each node uses without needing them."""
        found: dict[str, tuple[str, ...]] = {}
        for name in self.nodes:
            refs = (*self.refs.get(name, ()), *self.contained.get(name, ()))
            softly = (ref.node for ref in refs if ref.soft and ref.node in self.nodes and ref.node != name)
            found[name] = tuple(dict.fromkeys(softly))
        return found

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All names, each after what it needs in any place; otherwise as declared."""
        edges = {name: [need for need in self.needed_anywhere(name) if need in self.nodes] for name in self.nodes}
        return tuple(ordered(edges))

    def needed_anywhere(self, name: str) -> tuple[str, ...]:
        """Return whom a node needs as a process or as a container."""
        needs = (*self.needs[name], *self.container_needs.get(name, ()))
        return tuple(dict.fromkeys(need.name for need in needs))


def needs_of(node: Node) -> tuple[Need, ...]:
    """Return all needs of a node, declared and implied; a declared one wins over an implied one of the same name."""
    if isinstance(node, Manifests):
        return _needs_of_manifests(node)
    if not isinstance(node, Service | Task):
        return ()
    needs = {need.name: need for need in node.needs}
    builds = node.builds if isinstance(node, Service) else ()
    for name in (*node.tools, *node.env_files, *builds, *(ref.node for ref in refs_in(node) if not ref.soft)):
        if name and name != node.name:
            needs.setdefault(name, Need(name))
    return tuple(needs.values())


def _needs_of_manifests(node: Manifests) -> tuple[Need, ...]:
    """Return what must be in order before objects are applied: declared needs, and what their images are made with."""
    needs = {need.name: need for need in node.needs}
    for ref in _once(value for image in node.images.values() for value in _values_of_image(image)):
        if ref.node:
            needs.setdefault(ref.node, Need(ref.node))
    return tuple(needs.values())


def _container_needs(node: Runnable, graph: Graph) -> tuple[Need, ...]:
    assert node.container is not None
    needs = {need.name: need for need in node.needs if _can_move(graph.nodes.get(need.name))}
    needs |= {need.name: need for need in node.container.needs}
    for name in (*node.env_files, *(ref.node for ref in refs_in_container(node) if not ref.soft)):
        if name and name != node.name and not isinstance(graph.nodes.get(name), Tool):
            needs.setdefault(name, Need(name))
    return tuple(needs.values())


def _can_move(needed: Node | None) -> bool:
    return not isinstance(needed, Tool) and not (isinstance(needed, Task) and needed.container is None)


def refs_in(node: Runnable) -> tuple[Ref, ...]:
    """Return every reference that a service or task uses as a program of this machine, each once."""
    return _once(_values_in(node))


def refs_in_container(node: Runnable) -> tuple[Ref, ...]:
    """Return every reference that a service or task uses as a container, each once; none without a container.

    What the container says itself replaces the program's own (its command, a probe, a variable), and so do its references.
    """
    return _once(_values_in_container(node, node.container)) if node.container is not None else ()


def _once(values: Iterator[Value]) -> tuple[Ref, ...]:
    return tuple(dict.fromkeys(ref for value in values for ref in refs_of(value)))


def _values_in(node: Runnable) -> Iterator[Value]:
    yield from _values_of_command(node.run)
    yield from node.env.values()
    if isinstance(node, Service):
        yield from _values_of_probe(node.ready)
        yield from _values_of_probe(node.live)


def _values_in_container(node: Runnable, container: Container) -> Iterator[Value]:
    yield from _values_of_command(container.run or node.run)
    yield from {**node.env, **container.env}.values()
    yield from container.files.values()
    if isinstance(node, Service):
        yield from _values_of_probe(container.ready or node.ready)
        yield from _values_of_probe(container.live or node.live)
    yield from _values_of_image(container.image)
    for each in container.companions.values():
        yield from _values_of_command(each.run)
        yield from each.env.values()
        yield from each.files.values()
        yield from _values_of_probe(each.ready)
        yield from _values_of_probe(each.live)


def _values_of_image(image: Image) -> Iterator[Value]:
    match image:
        case Dockerfile(args=args, secrets=secrets):
            yield from args.values()
            yield from secrets.values()
        case BuiltImage(run=run, env=env):
            yield from _values_of_command(run)
            yield from env.values()
        case NamedImage():
            pass


def _values_of_probe(probe: Probe | None) -> Iterator[Value]:
    match probe:
        case CommandProbe():
            yield from _values_of_command(probe.run)
        case HttpProbe():
            yield from probe.headers.values()
        case _:
            pass


def _values_of_command(command: Command | None) -> Iterator[Value]:
    match command:
        case Exec():
            yield from command.argv
        case None:
            pass
        case _:
            yield command.text
