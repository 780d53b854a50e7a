"""Programs in folders: those of a PATH, and those where a product's packages are known to put them."""

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from homeport.adapters.tools.versions import rank

BREW = ("/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew")
"""Where Homebrew keeps its packages: on Apple's processors, on Intel's, on Linux."""


def folders_of(search_path: str) -> tuple[str, ...]:
    """Return the absolute folders of a PATH, each once, whatever links lead to it.

    A relative one is left out: it means another folder to everyone who asks.
    """
    by_place: dict[str, str] = {}
    for folder in search_path.split(os.pathsep):
        if os.path.isabs(folder):
            by_place.setdefault(os.path.realpath(folder), folder)
    return tuple(by_place.values())


def well_known(*patterns: str) -> Iterator[str]:
    """Return the folders that match the patterns, within a pattern the highest version first."""
    for pattern in patterns:
        yield from sorted(glob.glob(pattern), key=rank, reverse=True)


def program(name: str, folders: Iterable[str]) -> str | None:
    """Return the first executable file of that name."""
    return next((path for folder in folders if is_program(path := os.path.join(folder, name))), None)


def is_program(path: str | Path) -> bool:
    """Tell whether the path is a file that we may execute."""
    return os.path.isfile(path) and os.access(path, os.X_OK)


def present(names: Iterable[str], folder: str | Path) -> dict[str, str]:
    """Return those of the named programs that a folder has."""
    return {name: path for name in names if is_program(path := os.path.join(folder, name))}


def described(search_path: str, *patterns: str) -> list[str]:
    """Say where we looked, for people."""
    folders = folders_of(search_path)
    count = f"{len(folders)} folder{'' if len(folders) == 1 else 's'}"
    existing = [pattern for pattern in patterns if os.path.isdir(pattern.split("*")[0].rsplit("/", 1)[0] or "/")]
    return [f"the PATH ({count})", *existing]
