"""Which files of this machine belong where in a container, and what brings one state of them to another. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from homeport.kit.globs import glob


class Rule(Protocol):
    """Files below ``local`` that are kept the same below ``remote``, less what ``ignore`` names as gitignore does."""

    @property
    def local(self) -> str:
        """An absolute path of a folder or of one file."""
        ...

    @property
    def remote(self) -> str:
        """The absolute path in the container."""
        ...

    @property
    def ignore(self) -> tuple[str, ...]:
        """Patterns as ``.gitignore`` has them, relative to ``local``."""
        ...


class Entry(NamedTuple):
    """A file as it is at one time: permission bits and digest of the content; a symbolic link has its target instead."""

    mode: int
    digest: bytes
    link: str | None = None


Baseline = Mapping[str, Entry]
"""The files of a container that the rules cover, by their path there."""


class Difference(NamedTuple):
    """What makes one state into another, in this order: trees to remove, then files to write, as paths in the container."""

    remove: tuple[str, ...]
    write: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.remove or self.write)


def remote_paths(rules: Sequence[Rule], path: str, *, folder: bool = False) -> Iterator[str]:
    """Yield every place in the container of a path of this machine; none when no rule covers it or its rule ignores it.

    Of several rules the one with the longest ``local`` decides; equals lead to several places, the last rule's first.
    """
    covering = [rule for rule in rules if _covers(rule.local, path)]
    longest = max((len(_folder(rule.local)) for rule in covering), default=0)
    for rule in reversed(covering):
        below = path[len(_folder(rule.local)) :].lstrip("/")
        if len(_folder(rule.local)) < longest or (below and glob(rule.ignore).excludes(below, folder=folder)):
            continue
        yield f"{_folder(rule.remote)}/{below}" if below else rule.remote


def roots(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Return the folders in the container below which rules may write: none lies within another."""
    every = sorted({_folder(rule.remote) or "/" for rule in rules})
    return tuple(each for each in every if not any(each != other and _covers(other, each) for other in every))


def difference(before: Baseline, after: Baseline) -> Difference:
    """Return what makes ``before`` into ``after``. A folder that becomes a file is removed as a whole."""
    write = sorted(path for path, entry in after.items() if before.get(path) != entry)
    gone = {path for path in before if path not in after}
    folders = {above for path in gone for above in _above(path)}
    remove = {path for path in write if path in folders}
    remove |= {path for path in gone if not any(above in remove for above in _above(path))}
    return Difference(tuple(sorted(remove)), tuple(write))


def emptied(removed: Iterable[str], after: Baseline, tops: Sequence[str]) -> list[str]:
    """Return the folders that held a removed path and hold no file any more, the deepest first.

    Only those below one of ``tops``, which stay.
    """
    kept = {above for path in after for above in _above(path)}
    found = {above for path in removed for above in _above(path)} - kept
    return sorted((each for each in found if any(each != top and _covers(top, each) for top in tops)), reverse=True)


def without(baseline: Baseline, path: str) -> dict[str, Entry]:
    """Return the files that are left when a path is removed with all below it."""
    return {each: entry for each, entry in baseline.items() if not _covers(path, each)}


def _covers(root: str, path: str) -> bool:
    folder = _folder(root)
    return path in {root, folder} or path.startswith(folder + "/")


def _folder(path: str) -> str:
    """Return a path without the slash at its end; of the root folder nothing is left."""
    return path.rstrip("/")


def _above(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first."""
    cut = path.rfind("/")
    while cut > 0:
        yield path[:cut]
        cut = path.rfind("/", 0, cut)
