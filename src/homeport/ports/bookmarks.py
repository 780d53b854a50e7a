"""How far logs that others keep were copied into ours, so that a later house goes on where this one stopped."""

from typing import Protocol

from msgspec import Struct


class Bookmark(Struct, frozen=True, omit_defaults=True):
    """A place in a log: the ``mark`` of its last line here, that line's time, and whether the log had ``ended`` there."""

    mark: str = ""
    at: str = ""
    ended: bool = False


class Bookmarks(Protocol):
    """Remembers a place for each name. The oldest names are forgotten when there are thousands."""

    def find(self, name: str) -> Bookmark:
        """Return the last place; the beginning for a name that is not known."""
        ...

    def keep(self, name: str, place: Bookmark) -> None:
        """Remember a place. Raises OutsideError when the disk refuses; for this house it is remembered all the same."""
        ...
