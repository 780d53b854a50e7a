"""The values that rendering needs and no plan may hold."""

from homeport.model.graph import Graph
from homeport.model.nodes import EnvFile, Secret, Source
from homeport.model.parts import Where
from homeport.ports.clusters import Opened
from homeport.ports.renderer import Identity, Values
from homeport.work.outside import Outside

KEY = Secret("render.key", Where("", 0), {"value": Source(generate="password", length=64)})
"""What digests of secret values are made with: no node can have this name."""


def values_of(graph: Graph, outside: Outside) -> Values:
    """Return the loaded values of all ``.env`` files and secrets (blocking once: the key is made the first time)."""
    vault = outside.vault
    if not (key := vault.all_of(KEY.name)):
        vault.load(KEY, "render")
        key = vault.all_of(KEY.name)
    nodes = graph.nodes.values()
    return Values(
        {node.name: vault.all_of(node.name) for node in nodes if isinstance(node, EnvFile)},
        {node.name: vault.all_of(node.name) for node in nodes if isinstance(node, Secret)},
        key.get("value", "").encode(),
    )


async def identity_of(opened: Opened, outside: Outside) -> Identity:
    """Return whose objects are made, and for which nodes."""
    node = await opened.node()
    return Identity(outside.surroundings.instance, opened.owner, opened.makes_namespace, node.architecture)
