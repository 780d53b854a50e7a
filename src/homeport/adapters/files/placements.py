"""Where the portable watcher looks, and under which names the rules know those places."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Placement(NamedTuple):
    """A real folder to watch, ``deep`` or alone; what happens at ``real`` happened at ``name``.

    ``inode`` tells a folder from another one that took its name.
    """

    folder: str
    deep: bool
    real: str
    name: str
    inode: int


def placements(roots: Iterable[str]) -> Iterator[Placement]:
    """Yield a placement for every root that is a folder, and one above every root for the day on which it changes."""
    for root in roots:
        if os.path.isdir(root):
            yield _placement(root, deep=True)
        elif os.path.islink(root):
            real = os.path.realpath(root)
            if os.path.isdir(os.path.dirname(real)):
                yield Placement(os.path.dirname(real), False, real, root, 0)
        folder = os.path.dirname(root)
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        yield _placement(folder, deep=False)


class Names:
    """From real paths, which news carries, to the names that rules have for them."""

    def __init__(self, places: Iterable[Placement]) -> None:
        self._known: dict[str, set[str]] = {}
        for place in places:
            self._known.setdefault(place.real, set()).add(place.name)

    def of(self, path: str) -> set[str]:
        """Return the names of a real path; none when it lies in no watched place."""
        names: set[str] = set()
        here, rest = path, ""
        while True:
            names.update(name + rest for name in self._known.get(here, ()))
            above = os.path.dirname(here)
            if above == here:
                return names
            rest = path[len(above.rstrip("/")) :]
            here = above


def _placement(folder: str, *, deep: bool) -> Placement:
    real = os.path.realpath(folder)
    try:
        inode = os.stat(real).st_ino
    except OSError:
        inode = 0
    return Placement(real, deep, real, folder, inode)
