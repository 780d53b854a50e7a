"""The real clock."""

import time

from homeport.kit.steady import SteadyWall
from homeport.model.instants import Instant


class SystemClock:
    """Monotonic microseconds and wall seconds of this machine."""

    def __init__(self) -> None:
        self._wall = SteadyWall(time.monotonic, time.time)

    def now(self) -> Instant:
        """Microseconds of a clock that never goes back."""
        return time.monotonic_ns() // 1000

    def wall(self) -> float:
        """Seconds since the epoch, for people; it does not go back either while somebody sets the machine's clock back."""
        return self._wall()
