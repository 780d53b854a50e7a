"""That no two services insist on one port of this machine, and that replicas can have ports of their own."""

from collections.abc import Iterator

from homeport.config.findings import Finding, finding
from homeport.model.graph import Graph
from homeport.model.nodes import Service


def check(graph: Graph) -> Iterator[Finding]:
    """Yield ports that cannot be had."""
    taken: dict[int, str] = {}
    for node in graph.nodes.values():
        if not isinstance(node, Service):
            continue
        yield from _twice(node)
        for port in node.ports:
            argument = "port" if port.name == "main" else "ports"
            if port.fixed and node.replicas > 1:
                yield finding(f'{node.replicas} replicas of "{node.name}" cannot all have the fixed port {port.number}',
                              node.at, node.name, argument, hint="let it read PORT and use port=, or have one")  # fmt: skip
            if not port.fixed and port.host is None:
                continue
            other = taken.setdefault(port.wanted, node.name)
            if other != node.name:
                yield finding(f'"{node.name}" and "{other}" both insist on port {port.wanted} of this machine', node.at,
                              node.name, "host" if port.host is not None else argument,
                              hint="give one of them another number, or leave it to Homeport with port=")  # fmt: skip


def _twice(node: Service) -> Iterator[Finding]:
    """Yield numbers that a container has under two names, where only one could listen; a process is told others."""
    if node.container is None:
        return
    known: dict[int, str] = {}
    for port in node.ports:
        other = known.setdefault(port.number, port.name)
        if other != port.name:
            yield finding(f'the ports "{other}" and "{port.name}" of "{node.name}" are both {port.number}', node.at,
                          node.name, "ports", literal=port.name, hint="one name per number: leave one of them out")  # fmt: skip
