r"""Which files of a folder a container engine leaves out of a build: the rules of ``.dockerignore``, which are not git's.

Patterns are anchored at the folder itself, ``*`` and ``?`` stay within a name, ``**`` goes over folders, ``[a-z]`` is a class,
``\`` takes a sign literally, ``!`` takes files back, and the last line that matches decides. What lies below a matching
folder matches too, and unlike with git it can be taken back.
"""

import os.path
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

_WILD: Final = re.compile(r"[*?\[\\]")
_SPECIAL: Final = frozenset(".+()|{}$^")


class _Pattern(NamedTuple):
    """A line: whether it takes files back, what matches it, and the folder that it speaks of when it has no wildcard."""

    back: bool
    regex: re.Pattern[str]
    literal: str | None


class DockerIgnore:
    """Compiled lines. Paths are relative to the folder, with ``/`` and without a leading one."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._patterns = [_compiled(line) for line in lines]
        self.takes_back = any(pattern.back for pattern in self._patterns)

    def excludes(self, path: str) -> bool:
        """Whether the lines leave out this file or folder."""
        roads = _roads(path)
        excluded = False
        for pattern in self._patterns:
            if pattern.back == excluded and any(pattern.regex.fullmatch(road) for road in roads):
                excluded = not pattern.back
        return excluded

    def closes(self, folder: str) -> bool:
        """Whether a folder is left out with everything below it, so that nobody needs to look there."""
        if not self.excludes(folder):
            return False
        backs = [pattern for pattern in self._patterns if pattern.back]
        return all(each.literal is not None and not f"{each.literal}/".startswith(f"{folder}/") for each in backs)


@lru_cache(maxsize=256)
def dockerignore(text: str) -> DockerIgnore:
    """Return the rules in the text of an ignore file. Raises ValueError for a line that the engine refuses, naming it."""
    lines = []
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = "" if raw.startswith("#") else raw.strip()
        if not line:
            continue
        sign, rest = ("!", line[1:].strip()) if line.startswith("!") else ("", line)
        if not rest:
            raise ValueError(f'line {number}: "!" takes back nothing; name the files after it')
        cleaned = os.path.normpath(rest).lstrip("/")
        if cleaned and cleaned != ".":
            try:
                _compiled(sign + cleaned)
            except re.error:
                raise ValueError(f'line {number}: "{line}" is not a pattern; is a "]" missing?') from None
            lines.append(sign + cleaned)
    return DockerIgnore(lines)


def _roads(path: str) -> list[str]:
    """Return the path and every folder above it."""
    cuts = [at for at, sign in enumerate(path) if sign == "/"]
    return [path, *(path[:at] for at in cuts)]


@lru_cache(maxsize=1024)
def _compiled(line: str) -> _Pattern:
    back = line.startswith("!")
    text = line[1:] if back else line
    return _Pattern(back, re.compile(_expression(text)), None if _WILD.search(text) else text)


def _expression(text: str) -> str:
    found = []
    at = 0
    while at < len(text):
        sign = text[at]
        at += 1
        if text.startswith("**", at - 1):
            at += 2 if text.startswith("/", at + 1) else 1
            found.append(".*" if at >= len(text) else "(?:.*/)?")
        elif sign == "*":
            found.append("[^/]*")
        elif sign == "?":
            found.append("[^/]")
        elif sign == "[":
            at, expression = _class(text, at)
            found.append(expression)
        elif sign == "\\" and at < len(text):
            found.append(re.escape(text[at]))
            at += 1
        else:
            found.append(f"\\{sign}" if sign in _SPECIAL or sign in "\\]" else sign)
    return "(?s:" + "".join(found) + ")"


def _class(text: str, at: int) -> tuple[int, str]:
    """Return where a class in brackets ends, and its expression."""
    end = at + 1 if text.startswith("^", at) else at
    while end < len(text) and text[end] != "]":
        end += 2 if text[end] == "\\" else 1
    if end >= len(text) or end == at:
        raise re.error("a class does not end")
    return end + 1, "[" + text[at:end].replace("[", "\\[") + "]"
