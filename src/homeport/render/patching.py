"""What the file says about an object's fields that have no word: a JSON merge patch (RFC 7386)."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeport.model.errors import RefusedError


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


def patched(
    node: str, objects: Sequence[dict[str, Any]], patches: Mapping[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the objects of a node, the first of each kind patched. Raises RefusedError for a kind that is not there."""
    kinds = list(dict.fromkeys(str(each["kind"]) for each in objects))
    for kind in patches:
        if kind not in kinds:
            raise RefusedError(f'"{node}" patches "{kind}", which it does not have', hint=f"it has {', '.join(kinds)}")
    first = {kind: next(each for each in objects if each["kind"] == kind) for kind in patches}
    return [merged(each, patches[each["kind"]]) if first.get(each["kind"]) is each else each for each in objects]
