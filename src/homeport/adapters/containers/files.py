"""Contents that are mounted into containers: files that nobody else on this machine reaches."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from homeport.model.errors import OutsideError

_READABLE: Final = 0o444
"""Whoever a container's user is may read them there; here their folder keeps others out."""


def put(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Write contents by their path in a container into a folder (blocking); return where each lies. Raises OutsideError."""
    if not files:
        return {}
    placed = {path: str(folder / str(number)) for number, path in enumerate(sorted(files))}
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        for path, place in placed.items():
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                os.fchmod(descriptor, _READABLE)
                file.write(files[path])
    except OSError as error:
        clear(folder)
        raise OutsideError(
            f"the files of a container cannot be written into {folder}: {error.strerror}",
            hint="make room or rights there",
        ) from error
    return placed


def clear(folder: Path) -> None:
    """Remove them."""
    shutil.rmtree(folder, ignore_errors=True)
