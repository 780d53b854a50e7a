"""What one evaluation has declared so far."""

from __future__ import annotations

import os
from typing import Any

from homeport.config.words import places
from homeport.config.words.mistakes import note


class Declaration:
    """Everything that the files of one stack have said, as data."""

    def __init__(self, stack: str, root: str) -> None:
        self.stack = stack
        self.root = root
        self.nodes: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, None] = {}
        self.at = places.here()
        self.on = ""
        self.site: dict[str, str] = {}

    def add(self, node: dict[str, Any]) -> None:
        """Take a node in. A name that is taken is a mistake; the first node keeps it."""
        name = node["name"]
        node["at"] = places.here()
        first = self.nodes.setdefault(name, node)
        if first is not node:
            at = first["at"]
            shown = f"{os.path.relpath(at['file'], self.root)}:{at['line']}"
            note(f'the name "{name}" is taken: a {first["kind"].replace("_", " ")} at {shown} has it',
                 hint="choose another name", argument="name", literal=name)  # fmt: skip


class World:
    """What the evaluation was given, and the one declaration that it fills."""

    root: str | None = None
    options: dict[str, str] = {}  # noqa: RUF012 - replaced as a whole before the file runs
    declaration: Declaration | None = None
    included: tuple[str, ...] = ()
