"""What the file says about an object's fields that have no word: merge patches (RFC 7386), and what its functions changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeport.kit.suggest import did_you_mean
from homeport.model.errors import RefusedError
from homeport.render.plain import Object


class PatchRefused(RefusedError):
    """A patch that cannot be laid over anything; ``address`` is how the file speaks of the object."""

    def __init__(self, what: str, *, hint: str | None, address: str) -> None:
        super().__init__(what, hint=hint)
        self.address = address


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
        _demand_same(node, address, objects[at], found[at])
    return found


def _demand_same(node: str, address: str, ours: Object, made: Object) -> None:
    """Raise RefusedError when an object is another one by now: it would never be found again, nor removed."""
    for part in ("apiVersion", "kind"):
        if made.get(part) != ours[part]:
            raise _moved(node, address, part, ours[part])
    meta = made.get("metadata")
    for part in ("name", "namespace"):
        if not isinstance(meta, Mapping) or meta.get(part) != ours["metadata"].get(part):
            raise _moved(node, address, f"metadata.{part}", ours["metadata"].get(part))


def _moved(node: str, address: str, part: str, ours: object) -> PatchRefused:
    what = f'"{node}" patches {part} of "{address}", by which the object is found'
    return PatchRefused(what, hint=f'leave it "{ours}"; stack.manifests(…) brings objects of any name', address=address)


def position(objects: Sequence[Object], address: str) -> int | None:
    """Return which object is meant by ``KIND`` (the first of that kind) or ``KIND/NAME``; None: there is no such one."""
    kind, _, name = address.partition("/")
    fits = (at for at, each in enumerate(objects) if each["kind"] == kind and name in ("", each["metadata"]["name"]))
    return next(fits, None)


def address_of(objects: Sequence[Object], at: int) -> str:
    """Return how an object is spoken of: by its kind alone where it is the first one, so that its name may change."""
    kind = str(objects[at]["kind"])
    return kind if position(objects, kind) == at else f"{kind}/{objects[at]['metadata']['name']}"


def _absent(node: str, objects: Sequence[Object], address: str) -> PatchRefused:
    kind, _, name = address.partition("/")
    kinds = list(dict.fromkeys(str(each["kind"]) for each in objects))
    names = [each["metadata"]["name"] for each in objects if each["kind"] == kind]
    hint = did_you_mean(name, names) if name and names else f"it has {', '.join(kinds)}"
    if kind == "Service" and kind not in kinds:
        hint = f"it has none without a port: port=8080; {hint}"
    return PatchRefused(f'"{node}" patches "{address}", which it does not have', hint=hint, address=address)
