"""Removing what is too old, of services that nobody writes for any more too."""

import contextlib
import os
from collections.abc import Container, Sequence
from pathlib import Path

from homeport.logs.segments import Segment, folder_of, segments_in, services_in

_AGE = "age"


def remove(segment: Segment) -> None:
    """Remove a segment and its checkpoints, when they are there."""
    for path in (segment.path, segment.index):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def size_of(segment: Segment) -> int:
    """Return the bytes of a segment; none when it is gone."""
    try:
        return os.stat(segment.path).st_size
    except FileNotFoundError:
        return 0


def remove_old(segments: Sequence[Segment], oldest: float) -> None:
    """Remove those of the segments that were written to before ``oldest`` (seconds since the epoch) only."""
    for segment in segments:
        with contextlib.suppress(FileNotFoundError):
            if os.stat(segment.path).st_mtime < oldest:
                remove(segment)


def private(path: str, flags: int) -> int:
    """Open a file that only its owner reads when it is made (0600): for ``open(…, opener=private)``."""
    return os.open(path, flags, 0o600)


def remember_age(folder: Path, age: float) -> None:
    """Note beside a log how many seconds its lines are kept: nobody may be there to tell when they are too old."""
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(folder / _AGE, "w", opener=private, encoding="ascii") as file:
            file.write(f"{age:.0f}\n")


def forget(root: Path, written: Container[str], now: float, age: float) -> None:
    """Remove what is too old of all services but those that are ``written``, and folders in which nothing is left.

    ``age`` in seconds is for logs without a note of their own.
    """
    for service in services_in(root):
        if service not in written:
            folder = folder_of(root, service)
            remove_old(segments_in(folder), now - _age_in(folder, age))
            if not segments_in(folder):
                with contextlib.suppress(OSError):
                    (folder / _AGE).unlink(missing_ok=True)
                    folder.rmdir()


def _age_in(folder: Path, otherwise: float) -> float:
    try:
        return float((folder / _AGE).read_text())
    except (OSError, ValueError):
        return otherwise
