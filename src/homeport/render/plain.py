"""Objects as plain data, such as JSON has."""

from typing import Any

from msgspec import to_builtins

Object = dict[str, Any]
"""A Kubernetes object as plain data."""


def plain(made: Any) -> Object:
    """Return a typed object as plain data: what it is first, then who, then all else."""
    found: Object = to_builtins(made)
    return arranged(found)


def arranged(found: Object) -> Object:
    """Return an object with its fields in the order in which people read them."""
    metadata = found.get("metadata") or {}
    who = {name: metadata[name] for name in ("name", "namespace", "labels") if name in metadata}
    first = {"apiVersion": found["apiVersion"], "kind": found["kind"], "metadata": who | metadata}
    return first | {name: value for name, value in found.items() if name not in first}
