"""Forwards into the pods of older clusters: a WebSocket for each connection, which knows no end of one direction alone."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Final

import aiohttp

from homeport.adapters.kubernetes.link import Link
from homeport.adapters.kubernetes.listening import Lost, listening
from homeport.adapters.kubernetes.wire import Socket
from homeport.aio.beside import beside
from homeport.ports.cluster import ClusterError

PROTOCOL: Final = "v4.channel.k8s.io"
_DATA: Final = 0
_CHUNK: Final = 128 << 10


class PlainTunnel:
    """Opens WebSockets to one pod."""

    def __init__(self, link: Link, path: str, what: str) -> None:
        self._link = link
        self._path = path
        self._what = what
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def listen(self, remote: int, local: int = 0) -> AbstractAsyncContextManager[int]:
        """Carry the connections of a loopback port to a port in the pod, for a block."""

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: Lost) -> None:
            try:
                socket = await self._link.open(self._path, self._what, [("ports", str(remote))], (PROTOCOL,))
            except ClusterError as error:
                if error.code == 404 and not self._ended.done():
                    self._ended.set_result(error.what)
                raise ConnectionResetError from error
            try:
                async with beside(_upwards(reader, socket)):
                    await _downwards(socket, writer)
            finally:
                await asyncio.shield(socket.close())

        return listening(local, carry)

    async def ended(self) -> str:
        """Wait until a connection fails because the pod is gone: there is no link that would tell it earlier."""
        return await asyncio.shield(self._ended)


async def _upwards(reader: asyncio.StreamReader, socket: Socket) -> None:
    while chunk := await reader.read(_CHUNK):
        await socket.send_bytes(bytes([_DATA]) + chunk)


async def _downwards(socket: Socket, writer: asyncio.StreamWriter) -> None:
    begun: set[int] = set()
    while (message := await socket.receive()).type is aiohttp.WSMsgType.BINARY:
        channel = message.data[0]
        if channel not in begun:
            begun.add(channel)  # its first message is the port's number
        elif channel == _DATA:
            writer.write(memoryview(message.data)[1:])
            await writer.drain()
        else:
            return  # an error, such as: nobody listens on the port
    if writer.can_write_eof():
        writer.write_eof()
        await writer.drain()
