"""Matching of paths by gitignore syntax: pathspec translates the lines, this file keeps the answers fast.

Paths are given relative to the folder that the lines belong to, with ``/`` and without a leading one.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

from pathspec import GitIgnoreSpec

_GROUP: Final = re.compile(r"\?P<\w+>")
_WILD: Final = re.compile(r"[*?\[\\]")


class Glob:
    """Compiled lines; the last one that matches decides. Neighbours of one sign share one regular expression."""

    __slots__ = ("_entries", "_lines", "_needles", "positive")

    def __init__(self, lines: Sequence[str]) -> None:
        compiled = [
            (bool(pattern.include), _GROUP.sub("?:", str(pattern.regex.pattern)), line)
            for line in map(tidy, lines)
            for pattern in GitIgnoreSpec.from_lines([line]).patterns
            if pattern.include is not None and pattern.regex is not None
        ]
        runs: list[tuple[bool, list[tuple[bool, str, str]]]] = [
            (sign, list(run)) for sign, run in groupby(reversed(compiled), key=lambda each: each[0])
        ]
        self._needles = _needles([line for sign, _, line in compiled if sign])
        self.positive = all(sign for sign, _ in runs)
        self._lines = [(sign, re.compile("|".join(f"(?:{text})" for _, text, _ in run))) for sign, run in runs]
        self._entries = [
            (sign, re.compile("|".join(f"(?:{_whole(text, line)})" for _, text, line in run))) for sign, run in runs
        ]

    def covers(self, path: str) -> bool:
        """Whether the file at ``path`` counts: it or a folder above it is named, and no later line takes it back."""
        for needle in self._needles:
            if needle in path:
                break
        else:
            return False
        for sign, regex in self._lines:
            if regex.search(path) is not None:
                return sign
        return False

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Whether the lines name this very entry (True), take it back (False) or say nothing (None)."""
        for sign, regex in self._entries:
            if regex.fullmatch(path) is not None or (folder and regex.fullmatch(path + "/") is not None):
                return sign
        return None

    def excludes(self, path: str, *, folder: bool = False) -> bool:
        """Whether git would leave this entry out: below an excluded folder nothing can be taken back."""
        if self.positive:
            return self.covers(path + "/" if folder else path)
        cut = path.find("/")
        while cut >= 0:
            if self.verdict(path[:cut], folder=True):
                return True
            cut = path.find("/", cut + 1)
        return bool(self.verdict(path, folder=folder))


@lru_cache(maxsize=4096)
def glob(lines: tuple[str, ...]) -> Glob:
    """Return the compiled lines, from memory when they were seen before."""
    return Glob(lines)


def tidy(line: str) -> str:
    """Read a leading ``./`` as the anchor ``/`` and a lone ``.`` as everything, which is what people mean by them."""
    sign, rest = ("!", line[1:]) if line.startswith("!") else ("", line)
    if rest in {".", "./"}:
        return f"{sign}**"
    return sign + rest[1:] if rest.startswith("./") else line


def literal_root(line: str) -> tuple[str, bool]:
    """Return the part of a positive line before its first wildcard, and whether that part is the whole line.

    A line without a slash inside matches at every depth: its root is the base itself, ``""``.
    """
    text = tidy(line).rstrip()
    anchored = "/" in text.rstrip("/")
    if not anchored:
        return "", False
    segments = [each for each in text.split("/") if each]
    literal: list[str] = []
    for segment in segments:
        if _WILD.search(segment):
            return "/".join(literal), False
        literal.append(segment)
    return "/".join(literal), True


def _needles(lines: Sequence[str]) -> tuple[str, ...]:
    """Return texts of which every covered path holds one: looking for them is far cheaper than a regular expression."""
    needles = set()
    for line in lines:
        segments = [each for each in line.strip().split("/") if "[" not in each and "\\" not in each]
        needles.add(max((text for each in segments for text in re.split(r"[*?]+", each)), key=len, default=""))
    return ("",) if "" in needles else tuple(sorted(needles))


def _whole(text: str, line: str) -> str:
    """Turn the expression of a line into one for whole entries: what ends in ``/**`` names all that lies below."""
    unanchored = {".": ".+", "/": ".+/.+", "(?:/)": ".+/"}  # pathspec's short forms of **, */** and **/
    if text in unanchored:
        return unanchored[text]
    return f"{text}.+" if line.rstrip().endswith("/**") else text
