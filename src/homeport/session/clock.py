"""The real clock."""

import time

from homeport.model.facts import Instant


class SystemClock:
    """Monotonic microseconds and wall seconds of this machine."""

    def now(self) -> Instant:
        """Microseconds of a clock that never goes back."""
        return time.monotonic_ns() // 1000

    def wall(self) -> float:
        """Seconds since the epoch, for people."""
        return time.time()
