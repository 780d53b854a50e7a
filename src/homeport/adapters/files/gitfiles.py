"""What git keeps beside the sources: ``.gitignore`` files and the lock that it holds while it changes many files."""

import os
import time
from collections.abc import Iterable
from typing import Final

LOCK_LIMIT: Final = 30.0
"""Seconds after which an index lock is taken for one that a dead git left behind."""


def gitignore_lines(folder: str) -> tuple[str, ...]:
    """Return the lines of the folder's ``.gitignore``; none when it cannot be read."""
    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="surrogateescape") as file:
            return tuple(file.read().splitlines())
    except OSError:
        return ()


def is_repository(folder: str) -> bool:
    """Whether a repository or a worktree begins in this folder."""
    return os.path.lexists(os.path.join(folder, ".git"))


def repository(folder: str) -> str | None:
    """Return the nearest folder at or above ``folder`` in which a repository begins."""
    while not is_repository(folder):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def index_lock(root: str) -> str:
    """Return the path of the lock that git holds while it changes the index of the repository or worktree ``root``."""
    place = os.path.join(root, ".git")
    try:
        with open(place, encoding="utf-8", errors="surrogateescape") as file:
            words = file.read().split(":", 1)
    except OSError:
        return os.path.join(place, "index.lock")
    return os.path.join(root, words[-1].strip(), "index.lock")


class GitLocks:
    """The index locks of the repositories that hold some folders."""

    def __init__(self, folders: Iterable[str]) -> None:
        roots = {repository(folder) for folder in folders}
        self._locks = sorted({index_lock(root) for root in roots if root is not None})

    def held(self) -> bool:
        """Whether git is at work in one of the repositories."""
        return any(map(_fresh, self._locks))


def _fresh(lock: str) -> bool:
    try:
        age = time.time() - os.stat(lock).st_mtime
    except OSError:
        return False
    return abs(age) < LOCK_LIMIT  # one from the future is litter too: somebody set the clock back since
