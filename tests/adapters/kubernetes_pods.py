"""The pod's end of exec and port-forward on the scripted server: WebSockets whose messages a test decides."""

import asyncio
import struct
from collections.abc import Awaitable, Callable

from aiohttp import WSMsgType, web
from kubernetes_server import Answer

Talk = Callable[[web.WebSocketResponse], Awaitable[None]]

SPDY = "SPDY/3.1+portforward.k8s.io"


def socket(talk: Talk, *protocols: str) -> Answer:
    """Answer with a WebSocket that speaks one of the protocols, for as long as ``talk`` does."""

    async def answer(request: web.Request) -> web.StreamResponse:
        made = web.WebSocketResponse(protocols=protocols, max_msg_size=0, compress=False)
        await made.prepare(request)
        await talk(made)
        if request.transport is not None:
            request.transport.abort()  # as the cluster does
        return made

    return answer


class Pod:
    """The far end of a SPDY tunnel: echoes by default. ``streams``: the data streams, in the order they were opened."""

    def __init__(self) -> None:
        self.socket: web.WebSocketResponse | None = None
        self.streams: list[int] = []
        self.errors: list[int] = []
        self.got: dict[int, bytearray] = {}
        self.ended: set[int] = set()
        self.reset: set[int] = set()
        self.news = asyncio.Event()
        self.echo = True

    async def talk(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        rest = b""
        async for message in socket:
            if message.type is not WSMsgType.BINARY:
                return
            rest += message.data
            while len(rest) >= 8 and len(rest) >= (end := 8 + (int.from_bytes(rest[4:8], "big") & 0xFFFFFF)):
                await self.take(rest[:end])
                rest = rest[end:]

    async def take(self, frame: bytes) -> None:
        first, second = struct.unpack_from(">II", frame)
        if first == 0x80030001:
            number = int.from_bytes(frame[8:12], "big")
            (self.streams if len(self.errors) > len(self.streams) else self.errors).append(number)
            self.got[number] = bytearray()
        elif first == 0x80030003:
            self.reset.add(int.from_bytes(frame[8:12], "big"))
        elif not first >> 31:
            self.got[first] += frame[8:]
            if second >> 24:
                self.ended.add(first)
            if self.echo and first in self.streams:
                await self.send(first, frame[8:], fin=bool(second >> 24))
        self.news.set()
        self.news.clear()

    async def send(self, stream: int, data: bytes, *, fin: bool = False) -> None:
        assert self.socket is not None
        await self.socket.send_bytes(struct.pack(">II", stream, fin << 24 | len(data)) + data)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        while not true():
            await self.news.wait()
