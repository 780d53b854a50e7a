"""Addresses as people may see them."""

from collections.abc import Iterator

from homeport.model.nodes import Node, Option, Service
from homeport.model.snapshot import Snapshot
from homeport.model.values import Ref, Value, refs_of
from homeport.model.wishes import shown_option


def linked(node: Node) -> Iterator[str]:
    """Yield whose addresses are shown in the links of a node."""
    if isinstance(node, Service):
        for link in node.links:
            yield from (ref.node or node.name for ref in refs_of(link.url))


def shown(value: Value, owner: str, see: Snapshot) -> str:
    """Return a link as people may see it: addresses resolved, secrets never."""
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else _shown_ref(part, owner, see) for part in value.parts)


def _shown_ref(ref: Ref, owner: str, see: Snapshot) -> str:
    kind, _, name = ref.key.partition(":")
    node = see.graph.nodes.get(ref.node or owner)
    leased = see.ports(ref.node or owner)
    match node:
        case Service() if kind == "host":
            return "127.0.0.1"
        case Service() if kind == "port":
            return str(leased.shared.get(name, "?")) if leased is not None else "?"
        case Option():
            return shown_option(node.name, see.wishes.options.get(node.name, node.default) or "") or "?"
        case _:
            return "[hidden]"
