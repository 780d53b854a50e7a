"""Objects for a cluster of a house: what ``homeport render`` prints, and what only development needs."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from homeport.adapters.live.program import helper_program
from homeport.kit.labels import is_label
from homeport.model.cluster_jobs import Scene
from homeport.model.containers import Sync
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests, image_key
from homeport.model.nodes import Service, Task
from homeport.ports.cluster import Manifest
from homeport.ports.renderer import Identity, Own, Values
from homeport.render.awaiting import awaiting
from homeport.render.injecting import helper_config, helper_name
from homeport.render.manifests import manifested, turned
from homeport.render.relay import Relayed, relay, relayed
from homeport.render.render import render_common, render_node
from homeport.render.site import HelperIn, Site


class HouseRenderer:
    """Keeps ``ports.renderer.Renderer``'s promise."""

    def common(self, scene: Scene, who: Identity, values: Values) -> Sequence[Manifest]:
        """Return the namespace, the declared secrets, and the helper's program."""
        site = _site(scene, who, values)
        helper = helper_program(who.architecture)
        carried = helper_config(scene.graph, site, helper.content, helper.digest)
        return (*render_common(scene.graph, site), carried)

    def node(self, scene: Scene, who: Identity, values: Values, name: str, turn: str = "") -> Sequence[Manifest]:
        """Return the objects of one node, the workload last."""
        made = render_node(scene.graph, _site(scene, who, values, {name: turn} if turn else {}), name)
        if not isinstance(scene.graph.nodes[name], Task) or not (addresses := _needed(scene.graph, name)):
            return made
        config = helper_name(helper_program(who.architecture).digest)
        return (*made[:-1], awaiting(made[-1], addresses, config))

    def own(self, scene: Scene, who: Identity, values: Values, own: Own) -> Sequence[Manifest]:
        """Return the user's own objects as they are applied."""
        site = replace(
            _site(scene, who, values),
            cluster_wide=frozenset(own.cluster_wide),
            helpers=_helpers_of(own.node, scene, who) if own.helped else {},
        )
        made = manifested(scene.graph, site, own.node, own.read)
        return [turned(each, own.turn) for each in made] if own.turn else made

    def relay(
        self, scene: Scene, who: Identity, image: str, services: Mapping[str, Mapping[int, int]]
    ) -> Sequence[Manifest]:
        """Return the relay, and a Service for each name."""
        site = _site(scene, who, Values())
        config = helper_name(helper_program(who.architecture).digest)
        named = [
            Relayed(name, {_named(scene.graph, name, port): (port, behind) for port, behind in ports.items()})
            for name, ports in services.items()
        ]
        return (relay(scene.graph, site, config, image), *relayed(scene.graph, site, named))


def _needed(graph: Graph, task: str) -> list[str]:
    """Return where the services answer that a task needs to be ready: under their names, wherever they run."""
    nodes = [graph.nodes[need.name] for need in graph.container_needs[task] if need.condition == "ready"]
    listening = [node for node in nodes if isinstance(node, Service) and node.ports]
    return [f"{node.name}:{','.join(str(port.number) for port in node.ports)}" for node in listening]


def _named(graph: Graph, service: str, number: int) -> str:
    """Return the name that a port has when pods of its own stand behind the Service.

    Under another name it would be another port, which a cluster refuses until it knows who is behind it.
    """
    node = graph.nodes.get(service)
    ports = node.ports if isinstance(node, Service) else ()
    name = next((port.name for port in ports if port.number == number), "")
    return name if is_label(name) else f"port-{number}"  # a process may call its ports whatever it likes


def _site(scene: Scene, who: Identity, values: Values, turns: Mapping[str, str] | None = None) -> Site:
    return Site(
        namespace=scene.site.namespace or who.instance,
        instance=who.instance,
        images=scene.images,
        creates=who.creates,
        replicas=scene.replicas,
        options=scene.options,
        settings=values.settings,
        secrets=values.secrets,
        key=values.key,
        owner=who.owner,
        pull="IfNotPresent",
        helpers=_helpers(scene.graph, scene, who),
        turns=turns or {},
    )


def _helpers(graph: Graph, scene: Scene, who: Identity) -> Mapping[str, HelperIn]:
    """Return in front of whose command the helper stands: of those whose files are kept up to date."""
    live = [
        node.name
        for node in graph.runnables()
        if isinstance(node, Service)
        and node.container is not None
        and node.name in scene.images
        and any(isinstance(each, Sync) for each in node.container.image.update)
    ]
    if not live:
        return {}
    config = helper_name(helper_program(who.architecture).digest)
    return {name: HelperIn(config, entrypoint=scene.commands.get(name, ())) for name in live}


def _helpers_of(node: Manifests, scene: Scene, who: Identity) -> Mapping[str, HelperIn]:
    """Return in front of whose command the helper stands in the user's own objects, by the names of node and image."""
    found = {image_key(node.name, name): image for name, image in node.images.items()}
    live = [key for key, image in found.items() if any(isinstance(each, Sync) for each in image.update)]
    config = helper_name(helper_program(who.architecture).digest)
    # Which part of it arguments in the objects would replace is not known.
    return {name: HelperIn(config, cmd=scene.commands.get(name, ())) for name in live}
