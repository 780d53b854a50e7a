"""Kubernetes objects of the user's own, which stand beside those that services become."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from homeport.model.containers import Image
from homeport.model.parts import Exec, Files, Need, Shell, Where


class Said(dict[str, Any]):
    """An object as somebody says it, with the ``file`` and ``line`` that say it.

    What a command prints is said where the command is; ``printed`` is the line of its output. It is a dictionary like all other
    objects, since only who tells of a mistake looks at the place; a copy of it is nobody's saying, and has none.
    """

    __slots__ = ("file", "line", "printed")

    def __init__(self, made: Mapping[str, Any], file: str, line: int, printed: int = 0) -> None:
        super().__init__(made)
        self.file = file
        self.line = line
        self.printed = printed

    def place(self, root: str) -> str:
        """Return where it is said, as that is called in the folder ``root``."""
        place = Where(self.file, self.line).below(root)
        return f"line {self.printed} of what the command at {place} printed" if self.printed else place


class Opened(Struct, frozen=True, omit_defaults=True):
    """A port that is reached from this machine: of which ``object`` (``Service/web``), its ``number`` there, and here."""

    name: str
    object: str
    number: int
    host: int | None = None


class Manifests(Struct, frozen=True, tag="manifests", tag_field="kind", omit_defaults=True):
    """Objects as they are, of any kind.

    ``paths`` are files, folders (their own files) and patterns, all absolute; ``objects`` stand in the stack file. ``run`` prints
    objects as YAML or JSON, in the folder ``cwd``; it runs again when one of its ``inputs`` changes. ``images``: what is put in
    place of images by their names there. ``ports`` are reached from this machine. ``watched``: the files that the objects are
    read from and made of.
    """

    name: str
    at: Where
    paths: tuple[str, ...] = ()
    objects: tuple[dict[str, Any], ...] = ()
    run: Exec | Shell | None = None
    cwd: str = ""
    inputs: tuple[Files, ...] = ()
    needs: tuple[Need, ...] = ()
    images: dict[str, Image] = {}
    ports: tuple[Opened, ...] = ()
    groups: tuple[str, ...] = ()
    watched: tuple[Files, ...] = ()


def key_of(made: Mapping[str, Any], namespace: str = "") -> tuple[str, str, str, str]:
    """Return by what an object is known in its cluster: group, kind, namespace (the given one where it has none) and name."""
    metadata = made["metadata"]
    space = metadata.get("namespace") or namespace
    return str(made["apiVersion"]).rpartition("/")[0], made["kind"], space, metadata["name"]


def image_key(node: str, image: str) -> str:
    """Return by which name an image is known that takes the place of ``image`` in the objects of a node."""
    return f"{node}/{image}"
