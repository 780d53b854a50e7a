"""Versions of programs: asked once per file, compared part by part."""

import os
import re
import subprocess
from functools import lru_cache

_NUMBER = re.compile(r"\d+(?:\.\d+)+|\d+")
_PATIENCE = 10.0
"""Seconds; a program that does not know ``--version`` may sit and wait for input."""


def matches(found: str | None, wanted: str) -> bool:
    """Tell whether ``wanted`` is a prefix of ``found`` in whole dotted parts: 16 takes 16.4, not 160."""
    if found is None:
        return False
    parts = wanted.split(".")
    return found.split(".")[: len(parts)] == parts


def rank(version: str) -> tuple[int, ...]:
    """Return a key that orders versions by their numbers."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def version_of(program: str) -> str | None:
    """Return the first version number that ``program --version`` prints, None when it prints none."""
    try:
        return _asked(program, os.stat(program).st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=256)
def _asked(program: str, _mtime: int) -> str | None:
    try:
        done = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
            check=False,
            cwd="/",
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = _NUMBER.search(done.stdout.decode("utf-8", "replace"))
    return number.group() if number else None
