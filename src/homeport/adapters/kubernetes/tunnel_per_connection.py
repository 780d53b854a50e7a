"""Forwards into the pods of older clusters: a WebSocket for each connection, which knows no end of one direction alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp

from homeport.adapters.kubernetes.link import Link
from homeport.adapters.kubernetes.wire import Socket
from homeport.aio.beside import beside
from homeport.ports.callers import Caller
from homeport.ports.cluster import ClusterError, Unreachable

PROTOCOL: Final = "v4.channel.k8s.io"
_DATA: Final = 0


class PlainTunnel:
    """Opens WebSockets to one pod."""

    def __init__(self, link: Link, path: str, what: str, there: Callable[[], Awaitable[str | None]]) -> None:
        """``there`` looks at the pod: None, or a sentence when it is gone."""
        self._link = link
        self._path = path
        self._what = what
        self._there = there
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def carry(self, caller: Caller, remote: int) -> None:
        """Carry a connection to a port in the pod, to its end."""
        if self._ended.done():
            raise Unreachable(self._ended.result())
        try:
            socket = await self._link.open(self._path, self._what, [("ports", str(remote))], (PROTOCOL,))
        except ClusterError as error:
            if error.code == 404 and not self._ended.done():
                self._ended.set_result(error.what)
            raise
        try:
            async with beside(_upwards(caller, socket)):
                if not await _downwards(socket, caller):
                    caller.abort()
        finally:
            await asyncio.shield(socket.close())

    async def ping(self) -> None:
        """Look at the pod: there is no link that could be asked."""
        if not self._ended.done() and (gone := await self._there()) is not None and not self._ended.done():
            self._ended.set_result(gone)
        if self._ended.done():
            raise Unreachable(self._ended.result())

    async def ended(self) -> str:
        """Wait until a connection fails because the pod is gone: there is no link that would tell it earlier."""
        return await asyncio.shield(self._ended)


async def _upwards(caller: Caller, socket: Socket) -> None:
    """Hand on what the program says; one that left ends all of it."""
    try:
        while chunk := await caller.read():
            await socket.send_bytes(bytes([_DATA]) + chunk)
        await asyncio.wait({caller.gone})
    except (ConnectionError, aiohttp.ClientError):
        pass
    await socket.close()


async def _downwards(socket: Socket, caller: Caller) -> bool:
    """Hand on what the pod says; return whether that ended in order."""
    begun: set[int] = set()
    while (message := await socket.receive()).type is aiohttp.WSMsgType.BINARY:
        channel = message.data[0]
        if channel not in begun:
            begun.add(channel)  # its first message is the port's number
        elif channel == _DATA:
            caller.write(message.data[1:])
            await caller.drain()
        else:
            return False  # an error, such as: nobody listens on the port
    caller.end()
    await caller.flushed()
    return True
