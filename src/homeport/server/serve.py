"""Opening the socket of a house and closing it again."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from homeport.aio.beside import beside
from homeport.ports.doors import Doors
from homeport.server.connection import Connection
from homeport.server.door import Door

STALL = 60.0
"""Seconds that a client may leave its buffer full: a stopped terminal is forgiven for a minute."""
SILENCE = 60.0
"""Seconds that a client may be connected before its first request."""
LOOK = 1.0
"""Seconds between two looks whether the socket is still there."""
LOOK = 1.0
"""Seconds between two looks whether the socket is still there."""
MOST = 200
"""Clients at a time."""


@asynccontextmanager
async def serve(
    path: str, doors: Doors, *, stall: float = STALL, silence: float = SILENCE, look: float = LOOK, most: int = MOST
) -> AsyncIterator[None]:
    """Serve a house on the unix socket ``path`` while the block runs.

    The folder of the socket must be nobody else's (0700); a socket that is left there is replaced, so the caller must
    hold the instance. One that is removed meanwhile is made anew. Raises OutsideError when the socket cannot be made.
    """
    clients: set[Connection] = set()
    uid = os.getuid()
    door = Door(path, lambda: Connection(doors, uid, stall, silence, clients, most))
    await door.open()
    try:
        async with beside(door.stay(look)):
            yield
    finally:
        door.close()
        tasks = [client.task for client in clients if client.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        with suppress(FileNotFoundError):
            os.unlink(path)
