"""Words for sets of files: what is watched, and what a task's result depends on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from homeport.config.words import expect, places
from homeport.config.words.mistakes import note, wrong_type
from homeport.config.words.values import need_plain

Patterns = str | os.PathLike[str]


class Files:
    """A set of files, made by ``files()``."""

    __slots__ = ("_data",)

    def __init__(self, data: list[dict[str, Any]]) -> None:
        self._data = data


def files(*patterns: Patterns, ignore: str | Sequence[str] = (), base: str | os.PathLike[str] | None = None) -> Files:
    """Names a set of files by patterns, as ``.gitignore`` writes them: ``"src/"``, ``"*.py"``, ``"api/**/*.ts"``.

    Args:
        patterns: The patterns; relative to ``base``, or to the file that says them.
        ignore: Patterns of files that do not count.
        base: The folder that the patterns start from.
    """
    folder = places.resolve(base) if base is not None else places.folder()
    if not patterns:
        note("files() names no pattern", hint='write files("src/"), for example')
    return Files(_grouped(patterns, folder, expect.texts(ignore, "ignore", "a pattern"), "files"))


def _grouped(patterns: Sequence[object], folder: str, ignore: list[str], argument: str) -> list[dict[str, Any]]:
    by_base: dict[str, list[str]] = {}
    for given in patterns:
        path = os.fspath(given) if isinstance(given, os.PathLike) else given
        if not isinstance(path, str) or not path:
            wrong_type(argument, "patterns of files", given)
            continue
        base, pattern = _climbed(need_plain(path, argument, "a pattern"), folder)
        by_base.setdefault(base, []).append(pattern)
    return [
        {"base": base, "patterns": found, "ignore": ignore} if ignore else {"base": base, "patterns": found}
        for base, found in by_base.items()
    ]


def _climbed(pattern: str, folder: str) -> tuple[str, str]:
    """Return base and pattern, with the leading ``./`` and ``../`` and absolute folders moved into the base."""
    if os.path.isabs(pattern):
        fixed = pattern
        while any(wild in fixed for wild in "*?["):
            fixed = os.path.dirname(fixed)
        base = fixed if os.path.isdir(fixed) else os.path.dirname(fixed)
        return base, pattern[len(base) :].lstrip("/") or "*"
    climbed = False
    while pattern.startswith(("./", "../")):
        if pattern.startswith("../"):
            folder, climbed = os.path.dirname(folder), True
            pattern = pattern[3:]
        else:
            pattern = pattern[2:]
            climbed = True
    if pattern in (".", ".."):
        return (folder if pattern == "." else os.path.dirname(folder)), "*"
    return folder, (f"/{pattern}" if climbed and "/" not in pattern.rstrip("/") else pattern) or "*"


def emit_files(given: object, argument: str) -> list[dict[str, Any]]:
    """Return the data of ``reload=`` or ``inputs=``: patterns and ``files()`` in one list or alone."""
    rules: list[dict[str, Any]] = []
    patterns: list[object] = []
    for each in expect.items(given, argument, "patterns or files(…)", (str, os.PathLike, Files)):
        if isinstance(each, Files):
            rules.extend(each._data)
        else:
            patterns.append(each)
    return _grouped(patterns, places.folder(), [], argument) + rules
