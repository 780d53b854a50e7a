"""The whole: a graph and a site become objects, in an order that stays."""

from collections.abc import Iterator

from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests, key_of
from homeport.model.nodes import Runnable, Service, Task
from homeport.render import objects
from homeport.render.digests import marked
from homeport.render.manifests import is_first, manifested
from homeport.render.naming import checked_key
from homeport.render.plain import Object, plain
from homeport.render.rendering import Rendering
from homeport.render.site import Site


def render(graph: Graph, site: Site) -> tuple[Object, ...]:
    """Return the objects of everything that has an image, each after what it needs.

    First the namespace, then definitions of kinds, the secrets that are used, and the objects of one node after the other.
    Raises RefusedError for what cannot be in a pod, and for a patch of an object that is not there.
    """
    rendered = _rendered(graph, site)
    common = list(_common(graph, site, rendered))
    by_node = {each.name: each.objects for each in rendered}
    made: list[Object] = []
    for name in graph.order:
        made += by_node[name]() if name in by_node else _manifested(graph, site, name)
    _demand_distinct([*common, *made])
    definitions = [each for each in made if is_first(each)]
    at = 1 if site.creates else 0
    return (*common[:at], *definitions, *common[at:], *(each for each in made if not is_first(each)))


def render_common(graph: Graph, site: Site) -> tuple[Object, ...]:
    """Return what belongs to no single node: the namespace, and the declared secrets that pods use.

    Whose they are is told by the names in ``site.images``, which must be those of all pods; the images themselves need not be
    known yet. Raises RefusedError.
    """
    return tuple(_common(graph, site, _rendered(graph, site)))


def render_node(graph: Graph, site: Site, name: str) -> tuple[Object, ...]:
    """Return the objects of one service or task, the workload last, or of manifests; the same that ``render`` has.

    Raises RefusedError.
    """
    node = _pods(graph, site, name)
    return tuple(Rendering(graph, site, node).objects() if node is not None else _manifested(graph, site, name))


def _rendered(graph: Graph, site: Site) -> list[Rendering]:
    return [Rendering(graph, site, node) for name in graph.order if (node := _pods(graph, site, name)) is not None]


def _pods(graph: Graph, site: Site, name: str) -> Runnable | None:
    node = graph.nodes.get(name)
    return node if isinstance(node, Service | Task) and node.container is not None and name in site.images else None


def _demand_distinct(made: list[Object]) -> None:
    known: set[tuple[str, ...]] = set()
    for each in made:
        key = key_of(each)
        if key in known:
            raise RefusedError(f'there are two objects of kind {each["kind"]} with the name "{each["metadata"]["name"]}"',
                               hint="give one of them another name")  # fmt: skip
        known.add(key)


def _manifested(graph: Graph, site: Site, name: str) -> list[Object]:
    node = graph.nodes.get(name)
    found = site.manifests.get(name, ())
    return manifested(graph, site, node, found) if isinstance(node, Manifests) else []


def _common(graph: Graph, site: Site, rendered: list[Rendering]) -> Iterator[Object]:
    if site.creates:
        yield marked(site, plain(objects.namespace(graph, site)))
    for each in _secrets(graph, site, rendered):
        yield marked(site, each)


def _secrets(graph: Graph, site: Site, rendered: list[Rendering]) -> Iterator[Object]:
    """Yield the declared secrets of which a value is used, with the values that are."""
    used: dict[str, dict[str, str | None]] = {}
    for each in rendered:
        for name, key in each.speaker.secrets:
            value = (site.secrets or {}).get(name, {}).get(key)
            used.setdefault(name, {})[checked_key(name, key)] = value
    for name in graph.nodes:
        if name in used:
            yield plain(objects.secret(graph, site, name, name, dict(sorted(used[name].items()))))
