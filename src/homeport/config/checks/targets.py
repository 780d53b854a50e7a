"""That everything which is named exists: needs, builds, tools, and what references speak of."""

from collections.abc import Iterator

from homeport.config.findings import Finding, finding
from homeport.kit.suggest import did_you_mean
from homeport.model.graph import Graph, refs_in, refs_in_container
from homeport.model.manifests import Manifests
from homeport.model.nodes import EnvFile, Runnable, Secret, Service, Task
from homeport.model.values import Ref

_RESERVED = ("homeport:", "launcher:")


def check(graph: Graph) -> Iterator[Finding]:
    """Yield everything that is named and not there."""
    runnables = [node.name for node in graph.nodes.values() if isinstance(node, Service | Task | Manifests)]
    builds = [node.name for node in graph.runnables() if isinstance(node, Task) and node.build]
    for each in graph.nodes.values():
        if isinstance(each, Service | Task | Manifests):
            for need in each.needs:
                yield from _needed(graph, each, need.name, runnables)
    for node in graph.runnables():
        for need in node.container.needs if node.container is not None else ():
            yield from _needed(graph, node, need.name, runnables, "container")
        for build in node.builds if isinstance(node, Service) else ():
            if build not in builds:
                hint = did_you_mean(build, builds, "declare it by stack.build()")
                yield finding(f'"{node.name}" has the build step "{build}", which does not exist', node.at, node.name,
                              "build", literal=build, hint=hint)  # fmt: skip
        for ref in dict.fromkeys((*refs_in(node), *refs_in_container(node))):
            yield from _referred(graph, node, ref)


def _ports(service: Service, *, own: bool) -> list[str]:
    """Return the names of its ports; its own containers know those of its sidecars, too."""
    beside = service.container.sidecars.values() if own and service.container is not None else ()
    return [port.name for each in (service, *beside) for port in each.ports]


def _needed(
    graph: Graph, node: Runnable | Manifests, name: str, runnables: list[str], argument: str = "needs"
) -> Iterator[Finding]:
    if name in runnables:
        return
    other = graph.nodes.get(name)
    if other is not None:
        what = f'"{node.name}" needs "{name}", which is a {type(other).__name__.lower()} and never starts'
        hint = "references to it in env= or run= make that need by themselves"
    else:
        what = f'"{node.name}" needs "{name}", which does not exist'
        hint = did_you_mean(name, [each for each in runnables if each != node.name], "declare it, or leave it out")
    yield finding(what, node.at, node.name, argument, literal=name, hint=hint)


def _referred(graph: Graph, node: Runnable, ref: Ref) -> Iterator[Finding]:
    kind, _, name = ref.key.partition(":")
    if not ref.node and ref.key.startswith(_RESERVED):
        return
    other = graph.nodes.get(ref.node) if ref.node else node
    if other is None:
        yield finding(f'"{node.name}" refers to "{ref.node}", which does not exist', node.at, node.name,
                      hint=did_you_mean(ref.node, graph.nodes))  # fmt: skip
    elif kind == "port" and isinstance(other, Service) and name not in (known := _ports(other, own=not ref.node)):
        yield finding(f'"{other.name}" has no port "{name}"', node.at, node.name, literal=name,
                      hint=did_you_mean(name, known, "name it in ports="))  # fmt: skip
    elif kind in ("value", "path") and isinstance(other, Secret) and name not in other.entries:
        yield finding(f'the secret "{other.name}" has no value "{name}"', node.at, node.name, literal=name,
                      hint=did_you_mean(name, other.entries))  # fmt: skip
    elif ref.key == "data" and isinstance(other, Task | EnvFile):
        yield finding(f'"{other.name}" has no data folder', node.at, node.name, hint="only a service has this.data")
