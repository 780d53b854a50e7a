"""The schema is checked in, and only grows."""

import json
from pathlib import Path
from typing import Any

from homeport.wire.schema import schema

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "schema.json"
BASE = Path(__file__).parent / "schema-1.json"
"""The schema as it was when version 1 of the protocol was first released: never changed, only replaced by a version 2."""


def test_the_published_schema_is_the_one_in_the_code() -> None:
    """docs/reference/schema.json is what the shapes say; `python scripts/schema.py` writes it."""
    assert json.loads(PAGE.read_text()) == json.loads(json.dumps(schema()))


def test_shapes_only_grow() -> None:
    """Nothing that version 1 promised has gone, changed its type, or become required of a client."""
    base, now = json.loads(BASE.read_text())["$defs"], schema()["$defs"]
    lost = [line for name, shape in base.items() for line in shrunk(name, shape, now.get(name))]
    assert lost == []


def shrunk(name: str, before: dict[str, Any], now: dict[str, Any] | None) -> list[str]:
    """Return what a shape lost."""
    if now is None:
        return [f"{name} is gone"]
    properties = now.get("properties", {})
    found = [f"{name}.{field} is gone" for field in before.get("properties", {}) if field not in properties]
    found += [
        f"{name}.{field} has another type"
        for field, was in before.get("properties", {}).items()
        if field in properties and not _fits(was, properties[field])
    ]
    is_request = "op" in properties
    if is_request:
        found += [f"{name}.{each} is required" for each in set(now["required"]) - set(before["required"])]
    return found


def _fits(before: Any, now: Any) -> bool:
    if "enum" in before:
        return set(before["enum"]) <= set(now.get("enum", ()))
    return {**before, "default": None} == {**now, "default": None}
