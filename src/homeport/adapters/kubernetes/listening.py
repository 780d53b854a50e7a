"""A loopback port for a block, and all its connections with it."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from homeport.model.errors import OutsideError

Lost = asyncio.Future[None]
Carry = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Lost], Awaitable[None]]
"""Carries one connection; the future is done when the program on this side has left altogether."""

_BUFFER: Final = 256 << 10
_BACKLOG: Final = 1024


class _Connection(asyncio.StreamReaderProtocol):
    """The usual streams, which also tell when the connection is gone: half of it may have ended long before."""

    def __init__(self, carry: Carry, open_ones: "dict[asyncio.Future[None], asyncio.Transport]") -> None:
        loop = asyncio.get_running_loop()
        self._carry_it = carry
        self._open_ones = open_ones
        self._over: asyncio.Future[None] = loop.create_future()
        self._lost: Lost = loop.create_future()
        super().__init__(asyncio.StreamReader(limit=_BUFFER), self._serve)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport = writer.transport
        if not isinstance(transport, asyncio.Transport) or self._lost.done():
            return
        self._open_ones[self._over] = transport
        try:
            _prompt(writer)
            await self._carry_it(reader, writer, self._lost)
        except ConnectionError:
            pass  # one of the two sides has left
        finally:
            transport.abort()
            del self._open_ones[self._over]
            self._over.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who carries it."""
        super().connection_lost(exc)
        if not self._lost.done():
            self._lost.set_result(None)


@asynccontextmanager
async def listening(local: int, carry: Carry) -> AsyncIterator[int]:
    """Listen on 127.0.0.1 for a block and yield the port. Raises OutsideError when it is taken."""
    open_ones: dict[asyncio.Future[None], asyncio.Transport] = {}
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: _Connection(carry, open_ones), "127.0.0.1", local, backlog=_BACKLOG)
    except OSError as error:
        raise _refused(local, error) from error
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for transport in open_ones.values():
            transport.abort()
        if open_ones:
            await asyncio.wait(list(open_ones))


def _prompt(writer: asyncio.StreamWriter) -> None:
    made: socket.socket = writer.get_extra_info("socket")
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _refused(port: int, error: OSError) -> OutsideError:
    where = f"the port {port} on 127.0.0.1"
    if error.errno == errno.EADDRINUSE:
        return OutsideError(f"{where} is taken", hint="stop the program that holds it, or name another port")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return OutsideError(f"{where} may not be opened by this user", hint="name a port above 1023")
    return OutsideError(f"{where} cannot be opened: {os.strerror(error.errno or 0).lower()}", hint="name another port")
