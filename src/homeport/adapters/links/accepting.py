"""Loopback ports for a block: each connection is served by a coroutine, and none outlives the block."""

import asyncio
import contextlib
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

_Open = dict["asyncio.Future[None]", asyncio.BaseTransport]


class Accepted:
    """A ``Caller`` with a socket."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: "asyncio.Future[None]"
    ) -> None:
        self.gone = gone
        self._reader = reader
        self._writer = writer
        with contextlib.suppress(OSError):  # it has been reset already
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
            with contextlib.suppress(OSError):  # it has been reset, which the loop will tell
                self._writer.write_eof()

    async def flushed(self) -> None:
        """Wait until all was given to the kernel."""
        self._writer.transport.set_write_buffer_limits(high=0)
        await self._writer.drain()

    def abort(self) -> None:
        """Reset the connection."""
        _reset(self._writer.transport)


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

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be known from the first moment: the block may end before the connection is served."""
        self._open_ones[self._over] = transport
        super().connection_made(transport)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not self._gone.done():
                await self._serve_it(self._name, Accepted(reader, writer, self._gone))
        except ConnectionError:
            _reset(writer.transport)  # one of the two sides has left
        finally:
            writer.transport.abort()
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
        for transport in open_ones.values():
            _reset(transport)
        if open_ones:
            await asyncio.wait(list(open_ones))


def _reset(transport: asyncio.BaseTransport) -> None:
    """Break a connection so that the other side does not take it for an end in order."""
    sock: socket.socket = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):  # it is closed, or has been reset
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
