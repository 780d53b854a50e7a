"""Time."""

from typing import Protocol

from homeport.model.instants import Instant


class Clock(Protocol):
    """The engine's clock and the wall's."""

    def now(self) -> Instant:
        """Microseconds of a clock that never goes back."""
        ...

    def wall(self) -> float:
        """Seconds since the epoch, for people."""
        ...
