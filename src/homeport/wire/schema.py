"""The JSON schema of everything that goes over the socket, made from the shapes."""

from inspect import cleandoc
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
        "$defs": {name: _with_plain_texts(shape) for name, shape in sorted(shapes.items())},
    }


def _with_plain_texts(shape: dict[str, Any]) -> dict[str, Any]:
    """Return a shape whose description is indented alike under every Python: 3.13 strips docstrings, earlier ones do not."""
    return {name: cleandoc(each) if name == "description" else each for name, each in shape.items()}
