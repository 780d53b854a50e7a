"""What is asked of the toolbox, what it looks at, and what it answers."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from homeport.adapters.tools.errand import Errand
from homeport.adapters.tools.path import folders_of, program
from homeport.adapters.tools.versions import matches

Origin = Literal["path", "wheel"]


@dataclass(frozen=True)
class Ask:
    """One request; ``find`` in the package says what the fields mean."""

    kind: str
    version: str | None
    programs: tuple[str, ...]
    search_path: str
    cache: Path
    fetch: bool
    say: Callable[[str], None]
    errand: Errand = field(default_factory=Errand)


@dataclass(frozen=True)
class Found:
    """Programs by name (absolute paths), folders that must be added to the PATH of who uses them, and what they are.

    ``note`` is for people: something about this answer that they should know, such as one product standing in for another.
    """

    programs: Mapping[str, str]
    path_dirs: tuple[str, ...]
    version: str
    source: Origin
    note: str = ""


@dataclass(frozen=True)
class Missing:
    """A sentence that says what was searched and what was found instead, and the command that brings the programs."""

    sentence: str
    command: str


@dataclass(frozen=True)
class Candidate:
    """A place that has a product: all its programs by name, the version, and words for the place.

    ``version`` is None where it is not known; then no particular one may be promised.
    """

    programs: Mapping[str, str]
    version: str | None
    source: Origin
    place: str
    more_dirs: tuple[str, ...] = field(default=())

    def answer(self, search_path: str) -> Found:
        """Return this place as the answer.

        A folder whose programs the PATH finds anyway is not added to it again: in front, a folder like ``/usr/bin`` would
        hide what should come first, such as a virtual environment's Python.
        """
        folders = folders_of(search_path)
        hidden = [place for name, place in self.programs.items() if program(name, folders) != place]
        lacking = [folder for folder in self.more_dirs if folder not in folders]
        dirs = dict.fromkeys([os.path.dirname(place) for place in hidden] + lacking)
        return Found(dict(self.programs), tuple(dirs), self.version or "", self.source)


def choose(ask: Ask, needed: Iterable[str], candidates: Iterable[Candidate]) -> tuple[Found | None, list[str]]:
    """Return the first place that has everything, and of the places that do not what each has or lacks."""
    needed = tuple(needed)
    rejected: list[str] = []
    for candidate in candidates:
        lacking = [name for name in needed if name not in candidate.programs]
        if lacking:
            rejected.append(f"{candidate.place} lacks {_listed(lacking)}")
        elif ask.version is not None and not matches(candidate.version, ask.version):
            rejected.append(f"{candidate.place} has {candidate.version or 'an unknown version'}")
        else:
            return candidate.answer(ask.search_path), rejected
    return None, rejected


def missing(ask: Ask, product: str, searched: Iterable[str], rejected: Iterable[str], command: str) -> Missing:
    """Put the sentence together: what was wanted, what is there instead, else where we looked."""
    wanted = f"{product} {ask.version}" if ask.version else product
    instead = list(rejected)
    why = "; ".join(instead) if instead else f"searched {', '.join(searched)}"
    return Missing(f"{wanted} was not found: {why}", command)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
