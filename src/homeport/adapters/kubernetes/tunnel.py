"""Many connections into a pod inside one WebSocket, by SPDY.

The WebSocket outlives its pod: containerd keeps the session of a sandbox that is gone, and fails each new connection. So a
connection that fails makes us look whether the pod is still there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import aiohttp

from homeport.adapters.kubernetes import spdy
from homeport.adapters.kubernetes.listening import Lost, listening
from homeport.adapters.kubernetes.wire import Socket

PROTOCOL: Final = "SPDY/3.1+portforward.k8s.io"
_CHUNK: Final = 128 << 10
_HELD: Final = 4 << 20
"""Bytes kept for a slow program here before all connections of the pod wait with it: the peer has no flow control."""


class _Stream:
    """One connection. ``over``: done when the pod's side has ended, with whether that was in order. ``failure``: why not."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.failure = b""
        writer.transport.set_write_buffer_limits(high=_HELD)

    def end(self, *, orderly: bool) -> None:
        if self.over.done():
            return
        self.over.set_result(orderly)
        if not orderly or self.writer.is_closing():
            self.writer.transport.abort()
        else:
            self.writer.write_eof()


class SpdyTunnel:
    """One WebSocket into one pod."""

    def __init__(self, socket: Socket, there: Callable[[], Awaitable[str | None]]) -> None:
        """``there`` looks at the pod: None, or a sentence when it is gone."""
        self._socket = socket
        self._there = there
        self._why = "the cluster closed the link to the pod"
        self._frames = spdy.Writer()
        self._streams: dict[int, _Stream] = {}
        self._errors: dict[int, int] = {}
        self._requests = 0
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def listen(self, remote: int, local: int = 0) -> AbstractAsyncContextManager[int]:
        """Carry the connections of a loopback port to a port in the pod, for a block."""

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: Lost) -> None:
            stream = _Stream(writer)
            number = await self._dial(remote, stream)
            try:
                await self._upwards(number, reader, lost)
                either: set[asyncio.Future[Any]] = {stream.over, lost}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if not lost.done():
                    await _drained(writer)
            finally:
                del self._streams[number]
                if not stream.over.done():
                    await self._send(spdy.reset(number))
            if stream.failure:
                await self._look()

        return listening(local, carry)

    async def ended(self) -> str:
        """Wait until the link is broken and return why."""
        return await asyncio.shield(self._ended)

    async def read(self) -> None:
        """Hand on what comes, until the link ends; then nothing is connected any more."""
        reader = spdy.Reader()
        try:
            while (message := await self._socket.receive()).type is aiohttp.WSMsgType.BINARY:
                for frame in reader.feed(message.data):
                    if frame.kind == "goaway":
                        return
                    await self._take(frame)
        except (aiohttp.ClientError, ConnectionError) as error:
            self._why = f"the link to the pod broke: {error}"
        finally:
            self._ended.set_result(self._why)
            for stream in list(self._streams.values()):
                stream.end(orderly=False)

    async def _look(self) -> None:
        """End the link when its pod is gone."""
        if not self._ended.done() and (gone := await self._there()) is not None:
            self._why = gone
            await self._socket.close()

    async def _upwards(self, number: int, reader: asyncio.StreamReader, lost: Lost) -> None:
        while chunk := await reader.read(_CHUNK):
            await self._send(spdy.data(number, chunk))
        if not lost.done():
            await self._send(spdy.data(number, b"", fin=True))

    async def _dial(self, remote: int, stream: _Stream) -> int:
        """Open two streams with one request, for errors and for data; return the number of the one for data."""
        request, self._requests = str(self._requests), self._requests + 1
        headers = {"port": str(remote), "requestid": request}
        errors, first = self._frames.open({"streamtype": "error", **headers})
        number, second = self._frames.open({"streamtype": "data", **headers})
        self._streams[number], self._errors[errors] = stream, number
        # At once: headers are one deflated text, whose parts must leave in their order.
        await self._send(first + spdy.data(errors, b"", fin=True) + second)
        return number

    async def _send(self, frames: bytes) -> None:
        if self._ended.done():
            raise ConnectionResetError
        try:
            await self._socket.send_bytes(frames)
        except aiohttp.ClientError as error:
            raise ConnectionResetError from error

    async def _take(self, frame: spdy.Frame) -> None:
        if frame.kind == "ping":
            await self._send(spdy.pong(frame.body))
        elif stream := self._streams.get(frame.stream):
            await self._hand_on(frame, stream)
        elif number := self._errors.get(frame.stream):
            if frame.body and (failed := self._streams.get(number)):
                failed.failure = frame.body
                failed.end(orderly=False)  # such as: nobody listens on the port
            if frame.fin or frame.body:
                del self._errors[frame.stream]

    async def _hand_on(self, frame: spdy.Frame, stream: _Stream) -> None:
        if frame.body and not stream.writer.is_closing():
            stream.writer.write(frame.body)
            try:
                await stream.writer.drain()
            except ConnectionError:
                return  # the program has left, and who carries it says so to the pod
        if frame.fin:
            stream.end(orderly=frame.kind == "data")


async def _drained(writer: asyncio.StreamWriter) -> None:
    """Let what was written go out before the connection is closed."""
    writer.transport.set_write_buffer_limits(high=0)
    await writer.drain()
