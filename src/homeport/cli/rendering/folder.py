"""A folder of rendered files: written whole or not at all, and never a file that is not ours."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from homeport.cli.rendering.text import one
from homeport.model.errors import OutsideError, RefusedError
from homeport.render.plain import Object

HEADER: Final = (
    "# Made by `homeport render --out`: changes are lost, and the file is removed when its object is no more.\n"
)
"""The first line of our files."""


def write(folder: Path, objects: Sequence[Object], flags: Sequence[str], *, whole: bool) -> tuple[list[str], list[str]]:
    """Write a file per object; return the paths written and removed.

    ``flags``: what must be said again to get secret values. ``whole``: these are all objects, and files of ours for
    others are removed. Raises RefusedError for a file of somebody else that is in the way, OutsideError when the folder
    cannot be written; nothing is changed then.
    """
    names = _file_names(objects)
    wanted = {name: HEADER + one(made, flags) for name, made in zip(names, objects, strict=True)}
    private = {name for name, made in zip(names, objects, strict=True) if made["kind"] == "Secret" and made.get("data")}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        present = {path.name: _is_ours(path) for path in sorted(folder.glob("*.yaml"))}
        foreign = [name for name in wanted if present.get(name) is False]
        if foreign:
            raise RefusedError(
                f'"{folder / foreign[0]}" is not one of our files', hint="move it, or name another folder"
            )
        with tempfile.TemporaryDirectory(prefix=".homeport-", dir=folder) as drafts:
            for name, text in wanted.items():
                _draft(Path(drafts, name), text, private=name in private)
            for name in wanted:
                os.replace(Path(drafts, name), folder / name)
        gone = [name for name, ours in present.items() if whole and ours and name not in wanted]
        for name in gone:
            (folder / name).unlink()
    except OSError as error:
        raise OutsideError(f'"{folder}" cannot be written: {error.strerror}', hint="mend its permissions") from error
    return [str(folder / name) for name in wanted], [str(folder / name) for name in gone]


def _file_names(objects: Sequence[Object]) -> list[str]:
    """Return the names of objects' files: no two have the same, and what others rest on is first in any order."""
    found: dict[str, None] = {}
    for made in objects:
        kind, name = str(made["kind"]).lower(), str(made["metadata"]["name"]).replace("/", "-").replace(":", "-")
        first = "0." if kind in ("namespace", "customresourcedefinition") else ""
        base, number = f"{first}{name}.{kind}", 2
        called = base
        while f"{called}.yaml" in found:  # the same name in another group or namespace
            called, number = f"{base}.{number}", number + 1
        found[f"{called}.yaml"] = None
    return list(found)


def _is_ours(path: Path) -> bool:
    if not path.is_file() or path.is_symlink():
        return False
    with open(path, "rb") as file:
        return file.readline() == HEADER.encode()


def _draft(path: Path, text: str, *, private: bool) -> None:
    # Files with secret values are their owner's alone; the others are as anything that goes into a repository.
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666), "wb") as file:
        file.write(text.encode())
