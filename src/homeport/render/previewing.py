"""What functions of a stack file are shown, and how their changes become part of the graph.

They run once, where the file is evaluated, and never where objects are applied: what they did is data from then on. What is known
only later (images, the namespace, the name of the instance) is shown to them as a word, which is replaced wherever they put it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.nodes import Node, Service, Task
from homeport.model.patch_faults import PatchFault
from homeport.render.differences import difference
from homeport.render.fields import unfit
from homeport.render.patching import PatchRefused, address_of
from homeport.render.plain import Object
from homeport.render.rendering import Rendering
from homeport.render.site import INSTANCE_WORD, NAMESPACE_WORD, Site, image_word

Shown = dict[str, list[Object]]
"""Objects by node."""


def shown(graph: Graph) -> Shown:
    """Return the objects of each node that has functions, as these see them. What cannot be a pod is absent."""
    site = _site(graph)
    found: Shown = {}
    for node in graph.runnables():
        if node.container is not None and node.container.functions:
            try:
                found[node.name] = Rendering(graph, site, node).shown()
            except RefusedError:  # whoever renders it is told so
                continue
    return found


def _site(graph: Graph) -> Site:
    pods = [node.name for node in graph.runnables() if node.container is not None]
    return Site(NAMESPACE_WORD, INSTANCE_WORD, {name: image_word(name) for name in pods})


def with_changes(graph: Graph, before: Shown, after: Mapping[str, Sequence[Any]]) -> Graph:
    """Return the graph with what functions changed between the objects ``before`` and ``after``."""
    nodes: dict[str, Node] = dict(graph.nodes)
    for name, objects in after.items():
        node = nodes[name]
        if isinstance(node, Service | Task) and node.container is not None:
            changes = _changes(before[name], objects)
            nodes[name] = replace(node, container=replace(node.container, functions=(), changes=changes))
    return replace(graph, nodes=nodes)


def faults(graph: Graph) -> Iterator[PatchFault]:
    """Yield what is wrong with the patches of a graph, and with what functions changed: objects and fields that are not there."""
    site = _site(graph)
    for node in graph.runnables():
        if node.container is None or not (node.container.patch or node.container.changes or node.container.functions):
            continue
        try:
            made = Rendering(graph, site, node).as_said()
        except PatchRefused as refused:
            yield PatchFault(node.name, refused.what, refused.hint, refused.address)
        except RefusedError:  # whoever renders it is told so
            continue
        else:
            for wrong in (wrong for each in made for wrong in unfit(each)):
                yield PatchFault(node.name, f'patch= of "{node.name}" leaves {wrong.wrong}', wrong.hint, wrong.name)


def _changes(before: Sequence[Object], after: Sequence[Any]) -> dict[str, Any]:
    pairs = list(zip(before, after, strict=True))
    return {address_of(before, at): difference(old, new) for at, (old, new) in enumerate(pairs) if old != new}
