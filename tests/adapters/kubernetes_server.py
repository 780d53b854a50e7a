"""An API server on loopback that does as a test says: each request is answered by the next part of its script."""

import asyncio
import socket
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from homeport.adapters.kubernetes.access import Access

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """``requests``: method, path and query of each; ``script``: the answers for a path, in turn, the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.headers: list[dict[str, str]] = []
        self.script: dict[str, deque[Answer]] = defaultdict(deque)
        self.port = 0

    @property
    def access(self) -> Access:
        return Access(context="test", server=f"http://127.0.0.1:{self.port}")

    def on(self, path: str, *answers: Answer) -> None:
        self.script[path].extend(answers)

    def asked(self, path: str) -> Iterator[dict[str, str]]:
        return (query for _method, asked, query in self.requests if asked == path)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.path, dict(request.query)))
        self.headers.append(dict(request.headers))
        answers = self.script[request.path]
        if not answers:
            return web.json_response({"kind": "Status", "message": "nothing here", "code": 404}, status=404)
        return await (answers.popleft() if len(answers) > 1 else answers[0])(request)


def says(body: Any, status: int = 200, **headers: str) -> Answer:
    """Answer with JSON."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return answer


def refuses(code: int, reason: str, message: str, **headers: str) -> Answer:
    """Answer with a Status."""
    return says(
        {"kind": "Status", "status": "Failure", "message": message, "reason": reason, "code": code}, code, **headers
    )


def streams(*chunks: bytes, end: str = "normal") -> Answer:
    """Answer with chunks; then end ``normal``ly, ``broken`` off in the middle, or ``never``."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        if end == "broken" and request.transport is not None:
            request.transport.abort()
        if end == "never":
            await asyncio.get_running_loop().create_future()
        return response

    return answer


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """Break the connection off without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def free_port() -> int:
    """Return a loopback port that nobody held a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as once:
        return int(once.getsockname()[1])


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """Serve for a block."""
    server = Server()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.serve)
    runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()
