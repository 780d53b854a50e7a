"""Init scripts of a database as files of its container: their content travels, since a cluster sees no file of this machine."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Final

from homeport.config.words.declaration import World

FOLDER: Final = "/docker-entrypoint-initdb.d"
"""Where the public image looks for them; it runs them in the order of their names."""
MOST: Final = 500_000
"""Bytes that travel at most: a cluster takes no object of more than a megabyte."""


def as_files(scripts: Sequence[str]) -> dict[str, str] | None:
    """Return the scripts' contents by their paths in the container; None where they cannot travel: too long, or no text.

    They become sources of the stack: a change means another evaluation.
    """
    found: dict[str, str] = {}
    for number, script in enumerate(scripts, 1):
        if World.declaration is not None:
            World.declaration.sources[script] = None
        content = _content(script)
        if content is None:
            return None
        name = script.rpartition("/")[2].removesuffix(".gz")
        found[f"{FOLDER}/{number:02}-{name}"] = content
    return found if sum(len(content.encode()) for content in found.values()) <= MOST else None


def _content(script: str) -> str | None:
    """Return the text of a script, unpacked; None for one that cannot be read (its start says why) or is too long."""
    try:
        with gzip.open(script) if script.endswith(".gz") else open(script, "rb") as file:
            content = file.read(MOST + 1)
        return content.decode() if len(content) <= MOST else None
    except (OSError, EOFError, UnicodeDecodeError):
        return None
