"""Seeing files change."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from homeport.model.errors import OutsideError
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
    """A watch over the folders of rules: no later change is missed, except for the rules that ``unseen`` names."""

    @property
    def folders(self) -> int:
        """How many folders are watched."""
        ...

    @property
    def unseen(self) -> Mapping[str, OutsideError]:
        """The rules for some of whose folders the system has no room, with what to do; they are tried again by themselves.

        The rule ``""`` is served first, then those that cost least.
        """
        ...

    async def retry(self) -> None:
        """Try again at once what found no room."""
        ...

    def changes(self) -> AsyncIterator[Settled]:
        """Yield settled bursts: 10 ms without news, at most 1 s, and never while git holds its index lock.

        One without matches comes when ``unseen`` changed.
        """
        ...


class Watcher(Protocol):
    """Watches folders for files that match rules."""

    def watch(self, rules: Mapping[str, Sequence[Files]]) -> AbstractAsyncContextManager[Watch]:
        """Place the watches. Raises OutsideError (what, and the setting to change) when none can be placed."""
        ...
