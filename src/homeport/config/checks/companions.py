"""The containers of one pod: their names, the ports of their one address, and the volumes that they share."""

from collections.abc import Iterator

from homeport.config.findings import Finding, finding
from homeport.model.containers import Container
from homeport.model.graph import Graph
from homeport.model.nodes import Runnable, Service


def check(graph: Graph) -> Iterator[Finding]:
    """Yield what containers of one pod cannot have together."""
    for node in graph.runnables():
        yield from _companions(node)


def _companions(node: Runnable) -> Iterator[Finding]:
    """Yield containers of one pod with the same name, and ports with the same name or number."""
    how = node.container
    if how is None:
        return
    ports = [("the service", port) for port in node.ports] if isinstance(node, Service) else []
    names = [node.name]
    for name in (*how.init, *how.sidecars):
        if name in names:
            yield finding(f'two containers of "{node.name}" are called "{name}"', node.at, node.name, "container",
                          literal=name, hint="choose another name")  # fmt: skip
        names.append(name)
    for name, each in how.sidecars.items():
        for port in each.ports:
            same = next((who for who, other in ports if port.name == other.name or port.number == other.number), None)
            if same is not None:
                what = (
                    f'the port "{port.name}" ({port.number}) of "{name}" has the name or number of one that {same} has'
                )
                yield finding(what, node.at, node.name, "container", literal=port.name,
                              hint="they share one address: choose another one")  # fmt: skip
            ports.append((f'"{name}"', port))
    if how.data is None and any("data" in mounts for mounts in _mounts(how)):
        yield finding(f'"data" is the volume with the data of "{node.name}", which has none', node.at, node.name,
                      "container", literal="data", hint='say where: container(data="/data"); or choose another name')  # fmt: skip


def _mounts(how: Container) -> list[dict[str, str]]:
    return [how.mounts, *(each.mounts for each in how.companions.values())]
