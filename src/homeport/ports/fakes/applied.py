"""Server-side apply in memory: who owns which field, and what follows."""

from collections.abc import Mapping
from typing import Any

Path = tuple[str, ...]
Leaves = dict[Path, Any]

_NAMES = frozenset({("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")})


class Owned:
    """The fields of one object with their owners. Lists are one field."""

    def __init__(self) -> None:
        self.fields: Leaves = {}
        self._owners: dict[Path, set[str]] = {}

    def conflicts(self, manager: str, wanted: Leaves) -> list[tuple[str, str]]:
        """Return which fields another manager owns with another value, as pairs of manager and path."""
        return [
            (other, "." + ".".join(path))
            for path, value in sorted(wanted.items(), key=lambda each: each[0])
            if path in self.fields and self.fields[path] != value
            for other in sorted(self._owners[path] - {manager})
        ]

    def take(self, manager: str, wanted: Leaves) -> "Owned":
        """Return what is after the apply: changed fields are the manager's alone, fields it no longer wants are gone."""
        after = Owned()
        for path, value in self.fields.items():
            owners = self._owners[path] - {manager}
            if owners and (path not in wanted or wanted[path] == value):
                after.fields[path], after._owners[path] = value, owners
        for path, value in wanted.items():
            after.fields[path] = value
            after._owners.setdefault(path, set()).add(manager)
        return after


def leaves(manifest: Mapping[str, Any]) -> Leaves:
    """Return every field of a manifest by its path, but for those that name it."""
    found: Leaves = {}
    _collect(manifest, (), found)
    return {path: value for path, value in found.items() if path not in _NAMES}


def grown(fields: Leaves) -> dict[str, Any]:
    """Return the object that has these fields."""
    made: dict[str, Any] = {}
    for path, value in fields.items():
        at = made
        for part in path[:-1]:
            at = at.setdefault(part, {})
        at[path[-1]] = value
    return made


def _collect(value: Any, path: Path, found: Leaves) -> None:
    if isinstance(value, Mapping) and (value or not path):
        for key, inner in value.items():
            _collect(inner, (*path, key), found)
    else:
        found[path] = value
