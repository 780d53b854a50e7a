"""The open WebSockets of one gateway: what clients say on them, and the events they are told."""

from collections import defaultdict
from collections.abc import Awaitable, Callable

from aio_pika.abc import AbstractIncomingMessage
from aiohttp import WSCloseCode, WSMsgType, web

from minitelegram.online import FRESH
from minitelegram.posts import Posts
from minitelegram.program import LOST, Stop, log
from minitelegram.wire import Event, decode, encode

Hear = Callable[[str, bytes], Awaitable[object]]
"""Takes a user and what the user said; returns what to answer, as something that JSON can say."""


class Sockets:
    """Who is connected to this gateway. A user may be connected several times, and to other gateways too."""

    def __init__(self, posts: Posts) -> None:
        self._posts = posts
        self._open: defaultdict[str, set[web.WebSocketResponse]] = defaultdict(set)

    async def serve(self, user: str, socket: web.WebSocketResponse, hear: Hear) -> None:
        """Keeps `socket` until it closes; each text from the client goes to `hear`, whose answer goes back."""
        self._open[user].add(socket)
        try:
            await self._posts.presence(user, online=True)
            log.info("%s came", user)
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await socket.send_str(encode(await hear(user, frame.data.encode())).decode())
        finally:
            await self._left(user, socket)

    async def _left(self, user: str, socket: web.WebSocketResponse) -> None:
        self._open[user].discard(socket)
        if not self._open[user]:
            del self._open[user]
            # A user who is still connected to another gateway is online again with that one's next reminder.
            await self._posts.presence(user, online=False)
        log.info("%s left", user)

    async def tell(self, envelope: AbstractIncomingMessage) -> None:
        """Tells an event to the sockets of its user, if they are here; events come without acknowledgement."""
        event = decode(envelope.body, type=Event)
        for socket in tuple(self._open.get(event.user, ())):
            try:
                await socket.send_str(encode(event).decode())
            except ConnectionError:
                log.info("%s left before hearing of %s", event.user, event.message_id)

    async def remind(self, stop: Stop) -> None:
        """Says again and again who is connected, so that users of a gateway that was killed go offline by silence."""
        while not await stop.within(FRESH / 3):
            try:
                for user in tuple(self._open):
                    await self._posts.presence(user, online=True)
            except LOST as error:
                log.error("presence is not told: %s", error)

    async def close(self) -> None:
        """Asks all clients to come back, which leads them to another gateway."""
        for socket in [each for sockets in self._open.values() for each in sockets]:
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"this gateway stops")
