"""That a probe can succeed: it asks a port that there is, and its pattern is one."""

import re
from collections.abc import Iterator

from homeport.config.findings import Finding, finding
from homeport.kit.suggest import did_you_mean
from homeport.model.graph import Graph
from homeport.model.nodes import Service
from homeport.model.parts import HttpProbe, LogProbe, Port, Probe, TcpProbe


def check(graph: Graph) -> Iterator[Finding]:
    """Yield probes that could never succeed."""
    for node in graph.nodes.values():
        if isinstance(node, Service):
            for argument, probe in (("ready", node.ready), ("live", node.live)):
                if probe is not None:
                    yield from _one(node, argument, argument, probe)
            if node.container is not None:
                for role, probe in (("ready", node.container.ready), ("live", node.container.live)):
                    if probe is not None:
                        yield from _one(node, "container", role, probe)
                for each in node.container.sidecars.values():
                    for role, probe in (("ready", each.ready), ("live", each.live)):
                        if probe is not None:
                            yield from _one(node, "container", role, probe, (*each.ports, *node.ports))


def _one(
    node: Service, argument: str, role: str, probe: Probe, ports: tuple[Port, ...] | None = None
) -> Iterator[Finding]:
    known = [port.name for port in (node.ports if ports is None else ports)]
    if isinstance(probe, HttpProbe | TcpProbe):
        if not known:
            yield finding(f'{role}= of "{node.name}" asks a port, and the service has none', node.at, node.name, argument,
                          hint="give it port=, or use command(…) or log(…)")  # fmt: skip
        elif probe.port is not None and probe.port not in known:
            yield finding(f'{role}= of "{node.name}" asks the port "{probe.port}", which the service does not have',
                          node.at, node.name, argument, literal=probe.port, hint=did_you_mean(probe.port, known))  # fmt: skip
    elif isinstance(probe, LogProbe):
        try:
            re.compile(probe.pattern)
        except re.error as error:
            yield finding(f'{role}= of "{node.name}" has no regular expression: {error}', node.at, node.name, argument,
                          literal=probe.pattern, hint="put a backslash before letters that mean themselves")  # fmt: skip
        if role == "live":
            yield finding(f'live= of "{node.name}" waits for a line, which says nothing about later', node.at, node.name,
                          argument, hint="use http(…), tcp(…) or command(…)")  # fmt: skip
