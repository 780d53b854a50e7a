"""The HTTP API of a gateway: who may ask what, and how it is answered."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import asyncpg  # type: ignore[import-untyped]
from aiohttp import web

from minitelegram.accounts import Accounts
from minitelegram.online import Online
from minitelegram.posts import Posts
from minitelegram.program import LOST, log
from minitelegram.sockets import Sockets
from minitelegram.tokens import Refused, Tokens
from minitelegram.wire import Malformed, Reads, Register, Send, decode, encode

TALK = """
select id, sender, recipient, body, sent_at from messages
where least(sender, recipient) = least($1, $2) and greatest(sender, recipient) = greatest($1, $2)
order by sent_at desc limit 50
"""


class Unknown(Exception):
    """Nobody has this name."""


class Api:
    """The routes. Everything but health and registration asks for a token."""

    def __init__(
        self,
        postgres: "asyncpg.Pool[asyncpg.Record]",
        accounts: Accounts,
        posts: Posts,
        online: Online,
        sockets: Sockets,
        tokens: Tokens,
        check: Callable[[], Awaitable[None]],
    ) -> None:
        self._postgres = postgres
        self._accounts = accounts
        self._posts = posts
        self._online = online
        self._sockets = sockets
        self._tokens = tokens
        self._check = check

    def application(self) -> web.Application:
        """Returns what a web server serves."""
        app = web.Application(middlewares=[refusals], client_max_size=64 * 1024)
        app.router.add_get("/health", self.health)
        app.router.add_post("/users", self.register)
        app.router.add_post("/messages", self.send)
        app.router.add_get("/messages", self.talk)
        app.router.add_post("/reads", self.read)
        app.router.add_get("/presence/{user}", self.presence)
        app.router.add_get("/ws", self.socket)
        return app

    async def health(self, request: web.Request) -> web.Response:
        """Healthy is: both stores and the broker answer now."""
        await self._check()
        return answer({"status": "ok"})

    async def register(self, request: web.Request) -> web.Response:
        """Gives a name to a new user, and the token that proves it."""
        name = decode(await request.read(), type=Register).name
        if not await self._accounts.register(name):
            return answer({"error": f"the name {name!r} is taken"}, HTTPStatus.CONFLICT)
        log.info("registered %s", name)
        return answer({"name": name, "token": self._tokens.sign(name)}, HTTPStatus.CREATED)

    async def send(self, request: web.Request) -> web.Response:
        """Accepts a message: from here on it will be stored, whatever is killed."""
        return answer(await self._send(self._user(request), decode(await request.read(), type=Send)), ACCEPTED)

    async def talk(self, request: web.Request) -> web.Response:
        """Returns the latest messages between the user and `?with=`, newest first."""
        rows = await self._postgres.fetch(TALK, self._user(request), request.query.get("with", ""))
        return answer([dict(row) for row in rows])

    async def read(self, request: web.Request) -> web.Response:
        """Accepts read receipts."""
        return answer(await self._read(self._user(request), decode(await request.read(), type=Reads)), ACCEPTED)

    async def presence(self, request: web.Request) -> web.Response:
        """Says whether a user is online and has last read when."""
        self._user(request)
        return answer(await self._online.of(request.match_info["user"]))

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """Opens a WebSocket: events go out; messages and read receipts may come in."""
        user = self._user(request)
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        await self._sockets.serve(user, socket, self._hear)
        return socket

    async def _hear(self, user: str, text: bytes) -> object:
        try:
            said = decode(text, type=Send | Reads)
            return await (self._send(user, said) if isinstance(said, Send) else self._read(user, said))
        except EXPECTED as error:
            return {"error": sentence(error)}

    async def _send(self, sender: str, send: Send) -> object:
        if not await self._accounts.known(send.to):
            raise Unknown(f"nobody is called {send.to!r}")
        await self._posts.send(sender, send)
        log.info("accepted %s from %s to %s", send.id, sender, send.to)
        return {"accepted": send.id}

    async def _read(self, reader: str, reads: Reads) -> object:
        await self._posts.read(reader, reads)
        return {"read": len(reads.ids)}

    def _user(self, request: web.Request) -> str:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refused("expected a header: Authorization: Bearer TOKEN")
        return self._tokens.user(token)


ACCEPTED = HTTPStatus.ACCEPTED
EXPECTED = (Malformed, Refused, Unknown, *LOST)


def answer(value: object, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Answers with JSON."""
    return web.Response(body=encode(value), content_type="application/json", status=status)


def sentence(error: Exception) -> str:
    """One line about an error, for the client and the log."""
    return (str(error) or type(error).__name__).partition("\n")[0]


@web.middleware
async def refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turns what went wrong into an answer."""
    try:
        return await handler(request)
    except EXPECTED as error:
        match error:
            case Malformed():
                status = HTTPStatus.BAD_REQUEST
            case Refused():
                status = HTTPStatus.UNAUTHORIZED
            case Unknown():
                status = HTTPStatus.NOT_FOUND
            case _:
                status = HTTPStatus.SERVICE_UNAVAILABLE
                log.error("%s %s: %s: %s", request.method, request.path, type(error).__name__, sentence(error))
        return answer({"error": sentence(error)}, status)
