"""What the file says about an object's fields that have no word: merge patches (RFC 7386), and what its functions changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeport.kit.suggest import did_you_mean
from homeport.model.errors import RefusedError
from homeport.render.plain import Object


def merged(ours: Any, patch: Any) -> Any:
    """Return ours with the patch laid over it: dictionaries join, None removes, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    found = dict(ours) if isinstance(ours, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def patched(node: str, objects: Sequence[Object], patches: Mapping[str, dict[str, Any]]) -> list[Object]:
    """Return the objects of a node with its patches, those of a kind before that of one name.

    Raises RefusedError for an object that is not there.
    """
    found = list(objects)
    for address in sorted(patches, key=lambda each: "/" in each):
        at = position(objects, address)
        if at is None:
            raise _absent(node, objects, address)
        found[at] = merged(found[at], patches[address])
    return found


def position(objects: Sequence[Object], address: str) -> int | None:
    """Return which object is meant by ``KIND`` (the first of that kind) or ``KIND/NAME``; None: there is no such one."""
    kind, _, name = address.partition("/")
    fits = (at for at, each in enumerate(objects) if each["kind"] == kind and name in ("", each["metadata"]["name"]))
    return next(fits, None)


def address_of(objects: Sequence[Object], at: int) -> str:
    """Return how an object is spoken of: by its kind alone where it is the first one, so that its name may change."""
    kind = str(objects[at]["kind"])
    return kind if position(objects, kind) == at else f"{kind}/{objects[at]['metadata']['name']}"


def _absent(node: str, objects: Sequence[Object], address: str) -> RefusedError:
    kind, _, name = address.partition("/")
    kinds = list(dict.fromkeys(str(each["kind"]) for each in objects))
    names = [each["metadata"]["name"] for each in objects if each["kind"] == kind]
    hint = did_you_mean(name, names) if name and names else f"it has {', '.join(kinds)}"
    return RefusedError(f'"{node}" patches "{address}", which it does not have', hint=hint)
