"""Opening the socket of a house and closing it again."""

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from homeport.model.errors import OutsideError
from homeport.ports.doors import Doors
from homeport.server.connection import Connection

STALL = 60.0
"""Seconds that a client may leave its buffer full: a stopped terminal is forgiven for a minute."""
SILENCE = 60.0
"""Seconds that a client may be connected before its first request."""
MOST = 200
"""Clients at a time."""
BACKLOG = 1024
"""Clients that may wait to be let in: beyond, the system turns them away without a word."""


@asynccontextmanager
async def serve(
    path: str, doors: Doors, *, stall: float = STALL, silence: float = SILENCE, most: int = MOST
) -> AsyncIterator[None]:
    """Serve a house on the unix socket ``path`` while the block runs.

    The folder of the socket must be nobody else's (0700); a socket that is left there is replaced, so the caller must
    hold the instance. Raises OutsideError when the socket cannot be made.
    """
    listening = listen(path)
    clients: set[Connection] = set()
    uid = os.getuid()
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: Connection(doors, uid, stall, silence, clients, most), sock=listening, backlog=BACKLOG
    )
    try:
        yield
    finally:
        server.close()
        tasks = [client.task for client in clients if client.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        with suppress(FileNotFoundError):
            os.unlink(path)


def listen(path: str) -> socket.socket:
    """Return a socket that listens at ``path`` and that only its owner can reach. Raises OutsideError."""
    folder = os.path.dirname(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        about = os.lstat(folder)
        if about.st_uid != os.getuid() or not stat.S_ISDIR(about.st_mode) or about.st_mode & 0o077:
            raise OutsideError(
                f'the folder "{folder}" of the socket is open to other users', hint=f"chmod 700 {folder}, or remove it"
            )
        with suppress(FileNotFoundError):
            if stat.S_ISSOCK(os.lstat(path).st_mode):
                os.unlink(path)
        listening.bind(path)
        os.chmod(path, 0o600)  # the folder was closed to others all the while
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise OutsideError(f'cannot listen on the socket "{path}": {error.strerror or error}') from None
    except OutsideError:
        listening.close()
        raise
    return listening
