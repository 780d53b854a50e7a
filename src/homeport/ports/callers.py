"""A connection that a program of this machine opened to a port of ours."""

import asyncio
from typing import Protocol


class Caller(Protocol):
    """Both directions end by themselves: after its last bytes a program may still listen, and the other way round."""

    @property
    def gone(self) -> "asyncio.Future[None]":
        """Done once the program has left altogether, or was sent away."""
        ...

    async def read(self) -> bytes:
        """Return what it says next; nothing at the end of it. Raises ConnectionError when it has left in a hurry."""
        ...

    def write(self, data: bytes) -> None:
        """Say something; what comes after its leave goes nowhere."""
        ...

    async def drain(self) -> None:
        """Wait while much is said that it did not take yet. Raises ConnectionError when it has left."""
        ...

    def end(self) -> None:
        """Say that nothing more comes, after all that was said."""
        ...

    async def flushed(self) -> None:
        """Wait until all that was said is on its way. Raises ConnectionError when it has left."""
        ...

    def abort(self) -> None:
        """Reset the connection, so that nobody takes what came for the whole."""
        ...
