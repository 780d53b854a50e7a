"""Locks on port numbers of a machine that exists only in a test, so that tests at the same time do not meet."""

from collections.abc import Collection


class Board:
    """Locks of one house against all others that share ``taken``."""

    def __init__(self, taken: dict[int, "Board"] | None = None) -> None:
        self._taken = {} if taken is None else taken

    def take(self, port: int) -> bool:
        """Hold a number."""
        return self._taken.setdefault(port, self) is self

    def keep(self, ports: Collection[int]) -> None:
        """Let go of all numbers but these."""
        for port in [port for port, holder in self._taken.items() if holder is self and port not in ports]:
            del self._taken[port]

    def holder(self, port: int) -> str | None:
        """Return who holds a number."""
        return f"a house of another user or HOME (of {port})" if port in self._taken else None
