"""The door of a house: a unix socket that only its owner can reach, and that is there as long as the house."""

import asyncio
import os
import socket
import stat
from collections.abc import Callable
from contextlib import suppress

from homeport.model.errors import OutsideError

BACKLOG = 1024
"""Clients that may wait to be let in: beyond, the system turns them away without a word."""


class Door:
    """Listens at ``path``; each client gets a protocol of its own."""

    def __init__(self, path: str, protocol: Callable[[], asyncio.BaseProtocol]) -> None:
        self._path = path
        self._protocol = protocol
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen, or begin anew; clients that are in stay. Raises OutsideError when the socket cannot be made."""
        self.close()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(self._protocol, sock=listen(self._path), backlog=BACKLOG)

    async def stay(self, look: float) -> None:
        """Make the socket anew whenever it is gone, without end; ``look`` is seconds between two looks.

        The folders of a session are removed when its user logs out, and a detached house lives on.
        """
        while True:
            await asyncio.sleep(look)
            if self._is_gone():
                with suppress(OutsideError, OSError):  # there may be no place for it now: a later look finds one
                    await self.open()

    def _is_gone(self) -> bool:
        return not os.path.lexists(self._path)

    def close(self) -> None:
        """Let nobody in any more. May be called twice."""
        if self._server is not None:
            self._server.close()
            self._server = None


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
