"""The JSON schema of everything that goes over the socket, made from the shapes."""

from typing import Any

import msgspec

from homeport.wire.replies import AnyReply
from homeport.wire.requests import VERSION, AnyRequest


def schema() -> dict[str, Any]:
    """Return the schema: ``request`` and ``reply`` name the two unions, ``$defs`` holds every shape."""
    (request, reply), shapes = msgspec.json.schema_components((AnyRequest, AnyReply), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Homeport protocol, version {VERSION}",
        "properties": {"request": request, "reply": reply},
        "$defs": dict(sorted(shapes.items())),
    }
