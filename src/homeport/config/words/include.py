"""Running further files of a stack."""

from __future__ import annotations

import os
import sys
from glob import glob
from types import ModuleType

from homeport.config.words import expect, places
from homeport.config.words.declaration import Declaration, World
from homeport.config.words.mistakes import note


def include(declaration: Declaration, pattern: object, *, optional: bool) -> None:
    """Run every file that a pattern names, in the order of their paths; each at most once."""
    said = expect.path(pattern, "pattern")
    absolute = places.resolve(said)
    wild = any(letter in said for letter in "*?[")
    declaration.sources[absolute] = None
    found = sorted(glob(absolute, recursive=True)) if wild else [absolute]
    if not [path for path in found if os.path.isfile(path)]:
        if not optional:
            note(f'no file matches "{said}"' if wild else f'there is no file "{said}"',
                 hint="paths are relative to the file that says them; or say optional=True",
                 argument="pattern", literal=said)  # fmt: skip
        return
    for path in found:
        if path not in World.included and os.path.isfile(path):
            run_file(path)


def run_file(path: str, name: str | None = None) -> None:
    """Run a file as a module of its own, by default named after its path; its mistakes carry its own lines."""
    World.included = (*World.included, path)
    if World.declaration is not None:
        World.declaration.sources[path] = None
    with open(path, "rb") as content:
        code = compile(content.read(), path, "exec")
    module = ModuleType(name or f"stack:{path}")
    module.__file__ = path
    sys.modules[module.__name__] = module  # where dataclasses and type hints of the file look for its names
    exec(code, module.__dict__)
