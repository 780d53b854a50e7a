"""What the members of a group have in common, and how it joins what each says itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from homeport.config.words import expect, places
from homeport.config.words.declaration import Declaration
from homeport.config.words.mistakes import note, wrong_type
from homeport.config.words.needs import emit_needs
from homeport.config.words.settings import Settings, names_in
from homeport.config.words.tools import emit_tools
from homeport.config.words.values import emit_texts

Data = dict[str, Any]


def combine(shared: Mapping[str, Any], own: Mapping[str, Any]) -> Data:
    """Return shared and own arguments as one: dictionaries and lists add up, in everything else the own one wins."""
    found = dict(shared)
    for name, value in own.items():
        before = found.get(name)
        if isinstance(value, dict) and isinstance(before, dict) and name == "env":
            found[name] = {**before, **value}
        elif isinstance(value, list) and isinstance(before, list) and name not in ("reload", "inputs"):
            found[name] = before + [each for each in value if each not in before]
        else:
            found[name] = value
    return found


def emit_common(
    declaration: Declaration, cwd: object, env: object, env_file: object, needs: object, tools: object, groups: object
) -> Data:
    """Return the data that services, tasks and groups have in common; what was not given is absent."""
    data: Data = {}
    if cwd is not None:
        data["cwd"] = places.resolve(expect.path(cwd, "cwd"))
    if env is not None:
        data["env"] = emit_texts(env, "env")
    if env_file is not None:
        data["env_files"] = emit_env_files(declaration, env_file)
    for name, given, emit in (("needs", needs, emit_needs), ("tools", tools, emit_tools)):
        if given:
            data[name] = emit(given)
    if groups:
        data["groups"] = [_label(each) for each in expect.texts(groups, "groups", "the label of a group")]
    return data


def _label(name: str) -> str:
    if not name:
        note("groups= has an empty label", argument="groups")
    return name


def emit_env_files(declaration: Declaration, given: object) -> list[str]:
    """Return the data of ``env_file=``: settings that were declared before, or paths."""
    found = []
    for each in expect.items(
        given, "env_file", "paths, or what stack.env_file() returns", (str, os.PathLike, Settings)
    ):
        if isinstance(each, Settings):
            found.append(each._name)
        elif isinstance(each, str | os.PathLike):
            found.append(declare_env_file(declaration, each, (), optional=False, argument="env_file")._name)
        else:
            wrong_type("env_file", "paths, or what stack.env_file() returns", each)
    return [name for index, name in enumerate(found) if name not in found[index + 1 :]]


def declare_env_file(
    declaration: Declaration, path: object, secret: object, *, optional: bool, argument: str = "path"
) -> Settings:
    """Declare a ``.env`` file (once per path) and return its settings."""
    absolute = places.resolve(expect.path(path, argument))
    name = os.path.relpath(absolute, declaration.root)
    hidden = expect.texts(secret, "secret", "the name of a setting")
    declaration.sources[absolute] = None
    known = declaration.nodes.get(name)
    if known is None:
        node: Data = {"kind": "env_file", "name": name, "path": absolute, "secret": hidden, "optional": optional}
        declaration.add(node)
    elif known["kind"] == "env_file":
        known["secret"] = [*known["secret"], *(each for each in hidden if each not in known["secret"])]
        optional = optional or known["optional"]
    return Settings(name, names_in(absolute, name, optional=optional))
