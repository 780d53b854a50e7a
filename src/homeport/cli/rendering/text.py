"""Objects as text that ``kubectl apply -f -`` takes."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from homeport.render.emit import document
from homeport.render.naming import LEFT_OUT
from homeport.render.render import Object

FILL: Final = (
    "homeport render --show-secrets --kind Secret | kubectl apply --server-side --field-manager=homeport-secrets -f -"
)
"""The command that brings secret values to a cluster and leaves everything else alone."""


def as_text(objects: Iterable[Object]) -> str:
    """Return a YAML document per object."""
    return "---\n".join(map(one, objects))


def one(made: Object) -> str:
    """Return an object as YAML; one whose values are left out says how they get there."""
    annotations = made["metadata"].get("annotations") or {}
    head = f"# without its values; this brings them: {FILL}\n" if LEFT_OUT in annotations else ""
    return head + document(made)


def as_list(objects: Sequence[Object]) -> str:
    """Return a List as JSON on one line."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}, ensure_ascii=False) + "\n"
