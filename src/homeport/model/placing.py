"""What people may wish about places, and who stays all the same."""

from collections.abc import Mapping

from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests
from homeport.model.meant import meant
from homeport.model.nodes import Service, Task
from homeport.model.places import Place


def placed(places: Mapping[str, Place], graph: Graph) -> dict[str, Place]:
    """Return wished places by the names of nodes, ``""`` being everything else.

    A group or glob means those of it that can go there. Raises RefusedError for an unknown name, and for one of which nothing
    can go there.
    """
    found: dict[str, Place] = {}
    for word, place in places.items():
        names = [name for name in meant([word], graph) if can_be(name, place, graph)] if word else [""]
        if not names and any(isinstance(graph.nodes[name], Manifests) for name in meant([word], graph)):
            raise RefusedError(
                f'"{word}" has objects of Kubernetes, which can be nowhere but in a cluster',
                hint=f"leave out --on {word}={place}",
            )
        if not names:
            raise RefusedError(
                f'"{word}" has no image, so it can only run on this machine',
                hint=f"give it an image in the stack file (container=…), or leave out --on {word}={place}",
            )
        found.update(dict.fromkeys(names, place))
    return found


def changed(known: Mapping[str, Place], wished: Mapping[str, Place]) -> dict[str, Place]:
    """Return the wishes after others were made. A place for everything takes back what was wished about single nodes before."""
    return {**({} if "" in wished else known), **wished}


def can_be(name: str, place: Place, graph: Graph) -> bool:
    """Whether a node can be in a place: a service or task needs an image anywhere but here."""
    node = graph.nodes.get(name)
    if isinstance(node, Manifests):
        return place == "kubernetes"
    return isinstance(node, Service | Task) and (place == "here" or node.container is not None)


def staying(places: Mapping[str, Place], graph: Graph) -> tuple[str, ...]:
    """Return the services that stay on this machine although everything was wished elsewhere: they have no image."""
    wished = places.get("") or graph.on or "here"
    if wished == "here":
        return ()
    services = (node for node in graph.runnables() if isinstance(node, Service))
    return tuple(node.name for node in services if node.container is None and places.get(node.name) is None)
