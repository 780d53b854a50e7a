"""Names: what they are made of, and that a label is not a name as well."""

import re
from collections.abc import Iterator
from typing import Final

from homeport.config.findings import Finding, finding
from homeport.kit.labels import is_label
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests
from homeport.model.nodes import EnvFile, Runnable, Service, Task
from homeport.model.parts import Where

_RULE: Final = "lower-case letters, digits and dashes, at most 63, a letter or digit at both ends"


def check(graph: Graph, at: Where) -> Iterator[Finding]:
    """Yield names that no system would take, labels that are names, and a stack without anything to run."""
    if not is_label(graph.stack):
        yield _wrong(graph.stack, "the stack", at, "name")
    if not any(isinstance(node, Service | Task | Manifests) for node in graph.nodes.values()):
        hint = 'add one: stack.service("api", run=["python", "api.py"], port=8080)'
        yield finding(f'the stack "{graph.stack}" has nothing to run', at, graph.stack, hint=hint)
    for node in graph.nodes.values():
        if not isinstance(node, EnvFile) and not is_label(node.name):
            yield _wrong(node.name, f"a {type(node).__name__.lower()}", node.at, "name")
    yield from _labels(graph)
    for node in graph.runnables():
        yield from _ports(node)


def _ports(node: Runnable) -> Iterator[Finding]:
    """Yield names of ports that no Service of a cluster can have; a process alone has them to itself."""
    if node.container is None:
        return
    own = [("ports", port.name) for port in node.ports] if isinstance(node, Service) else []
    beside = [("container", port.name) for each in node.container.sidecars.values() for port in each.ports]
    for argument, name in (*own, *beside):
        if not is_label(name):
            yield _wrong(name, "a port in a cluster", node.at, argument, node.name)


def _labels(graph: Graph) -> Iterator[Finding]:
    told: set[str] = set()
    for node in graph.runnables():
        for label in node.groups:
            if label in told:
                continue
            told.add(label)
            if label in graph.nodes:
                hint = "commands take both wherever they take a name: choose another one"
                yield finding(f'the group "{label}" has the name of something else', graph.nodes[label].at, label, "name",
                              literal=label, hint=hint)  # fmt: skip
            elif not is_label(label):
                yield _wrong(label, "a group", node.at, "groups")


def _wrong(name: str, of: str, at: Where, argument: str, node: str = "") -> Finding:
    tidy = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:63].strip("-")
    hint = f'{_RULE}; for example "{tidy}"' if tidy else _RULE
    return finding(f'"{name}" cannot be the name of {of}', at, node or name, argument, literal=name, hint=hint)
