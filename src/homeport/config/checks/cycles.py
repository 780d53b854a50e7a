"""That the start order is possible: nothing needs itself, directly or by others."""

from collections.abc import Iterator
from itertools import pairwise

from homeport.config.findings import Finding, finding
from homeport.kit.topology import cycles
from homeport.model.graph import Graph


def check(graph: Graph) -> Iterator[Finding]:
    """Yield every circle with its road."""
    names = [node.name for node in graph.runnables()]
    edges = {name: [need for need in graph.needed_anywhere(name) if need in graph.nodes] for name in names}
    for road in cycles(edges):
        start, following = _said(graph, road)
        node = graph.nodes[start]
        if len(road) == 2:
            what = f'"{start}" needs itself'
            yield finding(what, node.at, start, "needs", literal=start, hint="leave that need out")
            continue
        shown = " → ".join(road)
        yield finding(f"these need each other in a circle: {shown}", node.at, start, "needs", literal=following,
                      hint=_way_out(graph, road))  # fmt: skip


def _said(graph: Graph, road: tuple[str, ...]) -> tuple[str, str]:
    """Return the first step of the road that stands in ``needs=``: the one to underline."""
    steps = list(pairwise(road))
    return next((step for step in steps if _declared(graph, *step)), steps[0])


def _declared(graph: Graph, name: str, needed: str) -> bool:
    node = graph.nodes[name]
    return any(need.name == needed for need in getattr(node, "needs", ()))


def _way_out(graph: Graph, road: tuple[str, ...]) -> str:
    for name, needed in pairwise(road):
        if not _declared(graph, name, needed):
            return f'"{name}" refers to "{needed}": a reference with .later (such as .url.later) gives only the address'
    name, needed = road[-2], road[-1]
    return f'take one need out; where "{name}" only has to know the address of "{needed}", a reference with .later does'
