"""What the server needs of a house."""

from collections.abc import Sequence
from typing import Protocol

from homeport.ports.feed import Feed
from homeport.ports.logbook import LogBook


class Doors(Protocol):
    """A running house, as far as people may reach it."""

    @property
    def feed(self) -> Feed:
        """Snapshots out, wishes in."""
        ...

    @property
    def book(self) -> LogBook:
        """The logs."""
        ...

    def close(self) -> None:
        """Begin the polite end."""
        ...

    def kill(self) -> None:
        """End everything now."""
        ...

    def left(self) -> Sequence[tuple[str, float]]:
        """Return who is still stopping and the seconds of grace left."""
        ...
