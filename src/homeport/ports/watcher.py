"""Seeing files change."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from homeport.model.parts import Files


class Settled(Struct, frozen=True):
    """One settled burst of saves: which rules matched, with all matching absolute paths (files, sorted).

    ``overflow``: events were lost; every rule may have changed (``matches`` then names all rules, with no paths) and the
    folders have been read again. ``hint`` then says what makes that rarer, when there is something.
    """

    matches: Mapping[str, tuple[str, ...]]
    overflow: bool = False
    hint: str = ""


class Watch(Protocol):
    """A watch whose folders are all seen: no later change is missed."""

    @property
    def folders(self) -> int:
        """How many folders are watched."""
        ...

    def changes(self) -> AsyncIterator[Settled]:
        """Yield settled bursts: 10 ms without news, at most 1 s, and never while git holds its index lock."""
        ...


class Watcher(Protocol):
    """Watches folders for files that match rules."""

    def watch(self, rules: Mapping[str, Sequence[Files]]) -> AbstractAsyncContextManager[Watch]:
        """Place the watches. Raises OutsideError (what, and the setting to change) when they cannot be placed."""
        ...
