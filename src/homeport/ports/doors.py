"""A running house, as far as people may reach it."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from homeport.model.lines import LogLine
from homeport.model.view import EngineView
from homeport.ports.feed import Feed
from homeport.ports.vault import Hidden


class Logs(Protocol):
    """What is read of a log book; see ``ports.logbook.LogBook``."""

    def tail(self, services: Sequence[str], count: int) -> tuple[LogLine, ...]:
        """Return the last lines of the services together."""
        ...

    def follow(
        self, services: Sequence[str] | None = None, *, lag: int | None = None
    ) -> AsyncIterator[tuple[LogLine, ...]]:
        """Yield batches of what is written after the call; who is more than ``lag`` bytes ahead is skipped through."""
        ...


class Doors(Protocol):
    """A running house, as far as people may reach it."""

    @property
    def feed(self) -> Feed:
        """Snapshots out, wishes in."""
        ...

    @property
    def book(self) -> Logs:
        """The logs."""
        ...

    def close(self) -> None:
        """Begin the polite end."""
        ...

    def kill(self) -> None:
        """End everything now."""
        ...

    def mask(self, text: str) -> str:
        """Return a text without the secret values that are known by now."""
        ...

    def hidden(self) -> Sequence[Hidden]:
        """Return what is treated as secret and why; never a value."""
        ...

    def left(self) -> Sequence[tuple[str, float]]:
        """Return who is still stopping and the seconds of grace left."""
        ...

    def engine(self) -> EngineView:
        """Return what the engine keeps going, so that a task nobody waits for can be seen."""
        ...
