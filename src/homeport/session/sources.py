"""Whether the files that a stack is made of are still those that were read."""

import glob
import os
from collections.abc import Iterable, Mapping
from typing import Final

from homeport.model.errors import ConfigError
from homeport.model.graph import Graph
from homeport.ports.evaluator import Evaluator

_WILD: Final = "*?["

Stamp = tuple[int, int, int] | tuple[str, ...] | None
"""Time of change, size and inode of a file; the files of a pattern; None for what is not there."""


class Sources:
    """What the sources were like when they were last evaluated, soundly or not."""

    def __init__(self) -> None:
        self._read: dict[str, Stamp] = {}

    @property
    def are_read(self) -> bool:
        """Whether no source was saved since its evaluation began; looks at each of them, and opens none.

        Blocking: call it in a thread.
        """
        return all(_stamp(path) == stamp for path, stamp in self._read.items())

    def look(self, file: str) -> Mapping[str, Stamp]:
        """Return what is there now, at the beginning of an evaluation of ``file``."""
        return {path: _stamp(path) for path in (file, *self._read)}

    def note(self, before: Mapping[str, Stamp], sources: Iterable[str]) -> None:
        """Know what an evaluation read. A file that was saved meanwhile counts as it was ``before``."""
        self._read = {path: before[path] if path in before else _stamp(path) for path in sources}


class NotingEvaluator:
    """Keeps ``Evaluator``'s promise by another one, and notes what that one read."""

    def __init__(self, evaluator: Evaluator, sources: Sources) -> None:
        self._evaluator = evaluator
        self._sources = sources

    async def evaluate(self, file: str, options: Mapping[str, str]) -> Graph:
        """Return the checked graph. Raises ConfigError with every mistake."""
        before = self._sources.look(file)
        try:
            graph = await self._evaluator.evaluate(file, options)
        except ConfigError as error:
            self._sources.note(before, (file, *error.sources))
            raise
        self._sources.note(before, (file, *graph.sources))
        return graph


def _stamp(path: str) -> Stamp:
    try:
        info = os.stat(path)  # first: a folder may be called "[x]"
    except OSError:
        is_include = any(letter in path for letter in _WILD)
        return tuple(sorted(glob.glob(path, recursive=True))) if is_include else None  # files may come
    return info.st_mtime_ns, info.st_size, info.st_ino
