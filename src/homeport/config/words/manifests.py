"""The word for Kubernetes objects of the user's own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.config.words import expect, places
from homeport.config.words.files import Files, Patterns, emit_files
from homeport.config.words.handles import Handle
from homeport.config.words.images import emit_image
from homeport.config.words.mistakes import note, spell, wrong_type
from homeport.config.words.patches import Typed, as_json, is_typed
from homeport.config.words.values import Plain, emit_command, need_plain
from homeport.kit.suggest import did_you_mean

Path = str | os.PathLike[str]
Given = Path | Mapping[str, Any] | Typed
"""A file, a folder, a pattern, an object as a dictionary, or one of ``lightkube``."""
Watched = Patterns | Files

_REACHED: Final = ("Service", "Pod", "Deployment", "StatefulSet")
"""What a port can be of."""


class Manifests(Handle):
    """Kubernetes objects of the user's own, which others can need."""

    __slots__ = ()


def emit_given(given: Sequence[object]) -> dict[str, Any]:
    """Return the data of files and objects."""
    paths: list[str] = []
    objects: list[Any] = []
    for each in given:
        if isinstance(each, str | os.PathLike):
            paths.append(_path(each))
        elif isinstance(each, Mapping) or is_typed(each):
            objects.append(_object(each))
        else:
            note(f"manifests() takes paths and objects, not {spell(each)}", hint="a file, a folder, or a dictionary")
    watched = emit_files([pattern for path in paths for pattern in _patterns(path)], "manifests")
    return {"paths": paths, "objects": [each for each in objects if each is not None], "watched": watched}


def emit_printing(run: object, inputs: object, cwd: object) -> dict[str, Any]:
    """Return the data of a command that prints objects. It runs before anything else does, so it refers to nothing."""
    if run is None:
        for argument, given in (("inputs", inputs), ("cwd", cwd)):
            if given is not None:
                note(f"{argument}= speaks of a command, and there is no run=", argument=argument,
                     hint='say what prints the objects: run=["kubectl", "kustomize", "k8s"]')  # fmt: skip
        return {}
    data = {"run": emit_command(run), "inputs": emit_files(inputs, "inputs")}
    data["cwd"] = places.resolve(expect.path(cwd, "cwd")) if cwd is not None else places.folder()
    if not data["inputs"]:
        note("run= prints objects, and inputs= names no files", hint='say what they are made from: inputs=["k8s/"]',
             argument="run")  # fmt: skip
    if any(isinstance(each, dict) for each in data["run"].get("argv", [data["run"].get("text")])):
        note("run= must be known now, and a reference is not", argument="run",
             hint="the command of manifests runs before anything else: write what it needs")  # fmt: skip
        data["run"] = {"kind": "exec", "argv": ["true"]}
    return data


def emit_images(given: object) -> dict[str, Any]:
    """Return the data of ``images=``: images by their names in the objects."""
    if not isinstance(given, Mapping):
        wrong_type("images", 'a dictionary of names and images: {"shop/api": dockerfile()}', given)
        return {}
    return {need_plain(name, "images", "the name of an image"): emit_image(each) for name, each in given.items()}


def emit_opened(given: object) -> list[dict[str, Any]]:
    """Return the data of ``ports=``: objects and their ports by name."""
    if not isinstance(given, Mapping):
        wrong_type("ports", 'a dictionary of names, objects and numbers: {"web": ("Service/web", 80)}', given)
        return []
    found = []
    for name, each in given.items():
        if not isinstance(each, tuple) or len(each) != 2:
            wrong_type("ports", f'an object and its port as "{name}": ("Service/web", 80)', each)
            continue
        address, number = need_plain(each[0], "ports", "an object"), expect.whole(each[1], "ports", 1, 65535)
        kind, _, called = address.partition("/")
        if kind not in _REACHED or not called:
            note(f"ports= takes a kind and a name, not {spell(address)}", argument="ports", literal=address,
                 hint=did_you_mean(kind, _REACHED) if called else 'such as "Service/web"')  # fmt: skip
        found.append({"name": need_plain(name, "ports", "a name"), "object": address, "number": number})
    return found


def _patterns(path: str) -> list[str]:
    """Return what of a path is read: a folder's own files, or just that."""
    return [f"{path}/{each}" for each in ("*.yaml", "*.yml", "*.json")] if os.path.isdir(path) else [path]


def _path(given: Path) -> str:
    said = expect.path(given, "manifests")
    path = places.resolve(said)
    if not any(letter in path for letter in "*?[") and not os.path.exists(path):
        note(f'there is no file or folder "{said}"', hint="paths are relative to the file that says them", literal=said)
    return path


def _object(given: object) -> Any:
    made = as_json(given, "manifests", "manifests")
    if not isinstance(made, dict):
        return None
    missing = [name for name in ("apiVersion", "kind") if not isinstance(made.get(name), str)]
    metadata = made.get("metadata")
    if missing:
        note(f"an object has no {missing[0]}", hint='say what it is: {"apiVersion": "v1", "kind": "ConfigMap", …}')
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        note(f"an object of kind {made['kind']} has no name", hint='say it: "metadata": {"name": "…"}')
        return None
    return made


Run = str | Sequence[Plain]
