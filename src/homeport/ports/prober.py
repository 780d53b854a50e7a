"""Looking at a program's health."""

from typing import Protocol

from msgspec import Struct


class Look(Struct, frozen=True, tag=True):
    """A network look: an HTTP GET when ``path`` is given, else whether the port accepts a connection.

    127.0.0.1 and ::1 are both tried. ``statuses`` empty means 200-399. ``relayed``: somebody stands before the program who
    accepts every connection and closes those that nobody takes behind, as engines of containers do.
    """

    port: int
    path: str | None = None
    statuses: tuple[int, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = 2.0
    relayed: bool = False


class Prober(Protocol):
    """Looks once."""

    async def look(self, look: Look) -> str | None:
        """Return None when healthy, else a short sentence why not. Never raises for what the other side does."""
        ...
