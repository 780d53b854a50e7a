"""Keeping what programs say. Lines are numbered per service from 1, over all runs."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from homeport.model.lines import LogLine
from homeport.model.parts import Keep
from homeport.ports.runtime import Stream

KEEP = Keep()
"""Weeks of ordinary work."""


class Writer(Protocol):
    """The pen of one run."""

    def feed(self, stream: Stream, data: bytes) -> None:
        """Take a chunk of output; a half line waits for its end."""
        ...

    def note(self, text: str) -> None:
        """Write a line of Homeport's own."""
        ...

    async def wait_for(self, pattern: str) -> str:
        """Wait for a line of this run (past ones included) that matches the regular expression; return it."""
        ...

    def tail(self, count: int) -> tuple[str, ...]:
        """Return this run's last lines, the unfinished one included."""
        ...

    def close(self) -> None:
        """Finish: an unfinished line is written as it is. May be called twice."""
        ...


class LogBook(Protocol):
    """All logs of one instance. The name of a service stands for the logs of its replicas too."""

    def writer(self, service: str, *, run: int, keep: Keep = KEEP) -> Writer:
        """Open the pen of a run; ``keep`` tells how much of this service's log is kept from now on."""
        ...

    def tail(self, services: Sequence[str], count: int) -> tuple[LogLine, ...]:
        """Return the last ``count`` lines of the services together, in the order of their time."""
        ...

    def follow(
        self, services: Sequence[str] | None = None, *, lag: int | None = None
    ) -> AsyncIterator[tuple[LogLine, ...]]:
        """Yield batches of new lines of these services (None: all, later ones too) as they are written.

        Of a service that is more than ``lag`` bytes ahead only its latest lines come, after a note of how many were left out.
        """
        ...

    def close(self) -> None:
        """Close every pen that is open."""
        ...
