"""A wall clock that never goes back, however somebody sets the machine's."""

from collections.abc import Callable


class SteadyWall:
    """Seconds since the epoch, for people and for the order of what they read.

    A clock that is set forward is followed at once. While one was set back, time goes on at half its pace until the two meet
    again: lines that are written later have later times, and nothing new is older than its beginning.
    ``monotonic`` are seconds that never go back, ``wall`` what the machine says.
    """

    def __init__(self, monotonic: Callable[[], float], wall: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._last = monotonic(), wall()

    def __call__(self) -> float:
        """Return the time now."""
        now, (before, told) = self._monotonic(), self._last
        told = max(self._wall(), told + (now - before) / 2)
        self._last = now, told
        return told
