"""What others set in the containers of a workload and we did not: it is left alone, and people are told whose it is."""

import json
from collections.abc import Iterator
from typing import Any, Final

from homeport.ports.cluster import Manifest

OURS: Final = "homeport"
"""Under which name what is applied here is owned."""
SHOWN: Final = 4
"""Fields that are named; of more it is only said that there are."""


def set_by_others(made: Manifest) -> str:
    """Return a sentence about fields of containers that somebody else owns alone, or nothing. Pods say it by their owner."""
    entries = [each for each in made["metadata"].get("managedFields") or () if not each.get("subresource")]
    ours = {field for each in entries if each["manager"] == OURS for field in _fields(each)}
    found = {each["manager"]: [field for field in _fields(each) if field not in ours] for each in entries}
    told = [f'"{manager}" set {_listed(fields)}' for manager, fields in found.items() if fields]
    return f"{'; '.join(told)}: the file says nothing of it, so it stays" if told else ""


def _listed(fields: list[tuple[str, str, str]]) -> str:
    names = [f"{field} {item}".rstrip() for _container, field, item in fields]
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _fields(entry: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield which fields of which containers an entry owns, and which items where a field is a list of such."""
    spec = _within(entry.get("fieldsV1") or {}, "f:spec", "f:template", "f:spec")
    for container, fields in _within(spec, "f:containers").items():
        for field, parts in fields.items():
            items = [_named(key) for key in parts if key.startswith("k:")]
            if field.startswith("f:"):
                yield from ((container, field[2:], item) for item in items or [""])


def _within(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        fields = fields.get(name) or {}
    return fields


def _named(key: str) -> str:
    """Return the name in ``k:{"name":"FOO"}``, or what else tells an item from its neighbours."""
    found = json.loads(key[2:])
    return str(found.get("name") or next(iter(found.values()), ""))
