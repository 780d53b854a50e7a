"""Which nodes should be going on at all: what the file starts, what people selected, and what those need."""

from homeport.model.nodes import Node, Service, Task
from homeport.model.snapshot import Snapshot
from homeport.model.wishes import Wishes
from homeport.plan.decision import Decision


def wanted(see: Snapshot) -> frozenset[str]:
    """Return the names of all nodes that should be going on."""
    graph, wishes = see.graph, see.wishes
    roots = [name for name, node in graph.nodes.items() if _is_root(name, node, wishes)]
    found: set[str] = set()
    while roots:
        name = roots.pop()
        if name not in found and name in graph.nodes and wishes.enabled.get(name) is not False:
            found.add(name)
            roots.extend(need.name for need in see.needs(name))
    return frozenset(found)


def _is_root(name: str, node: Node, wishes: Wishes) -> bool:
    if not isinstance(node, Service | Task):
        return False
    asked = wishes.enabled.get(name)
    if asked is not None:
        return asked
    if isinstance(node, Task) and wishes.turns.get(name, 0):
        return True
    if wishes.selected is not None:
        return name in wishes.selected
    return node.starts if isinstance(node, Service) else not node.manual and not node.build


def left_out(name: str, see: Snapshot) -> Decision:
    """Return the decision about a node that is not wanted: it ends, if it still runs."""
    if see.alive(name):
        return Decision("stopping", busy=isinstance(see.graph.nodes[name], Task))
    if see.wishes.enabled.get(name) is False:
        return Decision("disabled", detail=f"disabled by hand; `homeport enable {name}` starts it")
    return Decision("stopped", detail=f"not selected; `homeport up {name}` starts it")
