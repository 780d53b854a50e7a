"""Objects as text that ``kubectl apply -f -`` takes."""

import json
import shlex
from collections.abc import Iterable, Sequence

from homeport.render.emit import document
from homeport.render.naming import LEFT_OUT
from homeport.render.plain import Object


def as_text(objects: Iterable[Object], flags: Sequence[str]) -> str:
    """Return a YAML document per object. ``flags`` are those that must be said again to get its secret values."""
    return "---\n".join(one(made, flags) for made in objects)


def one(made: Object, flags: Sequence[str]) -> str:
    """Return an object as YAML; one whose values are left out says how they get there.

    The values come from another field manager than all else, so that neither takes away what the other brought.
    """
    text = document(made)
    if LEFT_OUT not in (made["metadata"].get("annotations") or {}):
        return text
    words = shlex.join(["homeport", "render", "--show-secrets", "--kind", "Secret", *flags])
    apply = "kubectl apply --server-side --field-manager=homeport-secrets -f -"
    return f"# Its values are left out. This brings them: {words} | {apply}\n{text}"


def as_list(objects: Sequence[Object]) -> str:
    """Return a List as JSON on one line."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}, ensure_ascii=False) + "\n"
