"""Loopback ports for a block: each connection is served by a coroutine, and none outlives the block."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from homeport.ports.callers import Caller

Serve = Callable[[str, Caller], Awaitable[None]]

_CHUNK: Final = 128 << 10
_BUFFER: Final = 256 << 10
_HELD: Final = 4 << 20
"""Bytes kept for a slow program before ``drain`` waits: pods know no flow control, and one waits for all."""
_RESET: Final = struct.pack("ii", 1, 0)

_Open = dict["asyncio.Future[None]", "Accepted"]


class Accepted:
    """A ``Caller`` with a socket."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: "asyncio.Future[None]"
    ) -> None:
        self.gone = gone
        self._reader = reader
        self._writer = writer
        self._socket: socket.socket = writer.get_extra_info("socket")
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer.transport.set_write_buffer_limits(high=_HELD)

    async def read(self) -> bytes:
        """Return what comes next; nothing at the end."""
        return await self._reader.read(_CHUNK)

    def write(self, data: bytes) -> None:
        """Send, unless nobody is there."""
        if not self._writer.is_closing():
            self._writer.write(data)

    async def drain(self) -> None:
        """Wait while much waits to be sent."""
        await self._writer.drain()

    def end(self) -> None:
        """Send the end after what was written."""
        if not self._writer.is_closing():
            self._writer.write_eof()

    async def flushed(self) -> None:
        """Wait until all was given to the kernel."""
        self._writer.transport.set_write_buffer_limits(high=0)
        await self._writer.drain()

    def abort(self) -> None:
        """Reset the connection."""
        if not self.gone.done() and self._socket.fileno() >= 0:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._writer.transport.abort()

    def close(self) -> None:
        """Close what is left once it was served."""
        self._writer.transport.abort()


class _Connection(asyncio.StreamReaderProtocol):
    """The usual streams, which also tell when the connection is gone: half of it may have ended long before."""

    def __init__(self, name: str, serve: Serve, open_ones: _Open) -> None:
        loop = asyncio.get_running_loop()
        self._name = name
        self._serve_it = serve
        self._open_ones = open_ones
        self._over: asyncio.Future[None] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()
        super().__init__(asyncio.StreamReader(limit=_BUFFER), self._serve)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._gone.done():
            return
        caller = self._open_ones[self._over] = Accepted(reader, writer, self._gone)
        try:
            await self._serve_it(self._name, caller)
        except ConnectionError:
            caller.abort()  # one of the two sides has left
        finally:
            caller.close()
            del self._open_ones[self._over]
            self._over.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who serves it."""
        super().connection_lost(exc)
        if not self._gone.done():
            self._gone.set_result(None)


@asynccontextmanager
async def accepting(listeners: Mapping[str, list[socket.socket]], serve: Serve) -> AsyncIterator[None]:
    """Serve all connections to listening sockets, by name, for a block; open ones are reset at its end."""
    open_ones: _Open = {}
    loop = asyncio.get_running_loop()

    def connections(name: str) -> Callable[[], _Connection]:
        return lambda: _Connection(name, serve, open_ones)

    try:
        async with AsyncExitStack() as held:
            for name, sockets in listeners.items():
                for each in sockets:
                    server = await loop.create_server(connections(name), sock=each)
                    held.callback(server.close)
            yield
    finally:
        for caller in open_ones.values():
            caller.abort()
        if open_ones:
            await asyncio.wait(list(open_ones))
