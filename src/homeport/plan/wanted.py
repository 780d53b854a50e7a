"""Which nodes should be going on at all: what the file starts, what people selected, and what those need."""

from homeport.model.manifests import Manifests
from homeport.model.nodes import Node, Service, Task
from homeport.model.snapshot import Snapshot
from homeport.model.wishes import Wishes
from homeport.plan.decision import Decision


def wanted(see: Snapshot) -> frozenset[str]:
    """Return the names of all nodes that should be going on."""
    graph, wishes = see.graph, see.wishes
    there = goes_to_cluster(see)
    roots = [name for name, node in graph.nodes.items() if _is_root(name, node, wishes, there=there)]
    found: set[str] = set()
    while roots:
        name = roots.pop()
        if name not in found and name in graph.nodes and wishes.enabled.get(name) is not False:
            found.add(name)
            roots.extend(need.name for need in see.needs(name))
    return frozenset(found)


def goes_to_cluster(see: Snapshot) -> bool:
    """Whether this house uses a cluster: somebody wished so, the file says so, or there is nothing else to run."""
    graph = see.graph
    said = (graph.on, *see.wishes.places.values(), *(node.on for node in graph.runnables()))
    return "kubernetes" in said or not any(True for _ in graph.runnables())


def _is_root(name: str, node: Node, wishes: Wishes, *, there: bool) -> bool:
    if isinstance(node, Manifests):
        asked = wishes.enabled.get(name)
        chosen = there if wishes.selected is None else name in wishes.selected
        return bool(wishes.turns.get(name, 0)) or chosen if asked is None else asked
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
    if isinstance(see.graph.nodes[name], Manifests):
        return Decision("stopped", detail=f"nothing goes to a cluster; `homeport up {name}` applies it")
    return Decision("stopped", detail=f"not selected; `homeport up {name}` starts it")
