"""Bookmarks that last as long as their object."""

from homeport.model.errors import OutsideError
from homeport.ports.bookmarks import Bookmark


class FakeBookmarks:
    """Remembers in ``kept``; ``written`` has every place in the order in which they came."""

    def __init__(self) -> None:
        self.kept: dict[str, Bookmark] = {}
        self.written: list[tuple[str, Bookmark]] = []
        self.refusal: OutsideError | None = None
        """Raised after a place was remembered."""

    def find(self, name: str) -> Bookmark:
        """Return the last place."""
        return self.kept.get(name, Bookmark())

    def keep(self, name: str, place: Bookmark) -> None:
        """Remember a place."""
        self.kept[name] = place
        self.written.append((name, place))
        if self.refusal is not None:
            raise self.refusal
