"""One connection pool to a cluster: every request says who we are, and goes the way that its kubeconfig names."""

import asyncio
import contextlib
import socket
import ssl
import weakref
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

from homeport.adapters.kubernetes.access import Access
from homeport.adapters.kubernetes.login import Identity
from homeport.adapters.kubernetes.proxies import proxy_for
from homeport.adapters.kubernetes.tls import tls_of

Query = Sequence[tuple[str, str]]
Headers = Sequence[tuple[str, str]]
Socket = aiohttp.ClientWebSocketResponse[bool]

BUFFER: Final = 1 << 20
_TURNS: Final = 20
"""Turns of the loop until it has closed a socket that has ended: two or three are enough."""
_QUIET, _ASK, _TIMES = 5, 2, 2
"""A peer that vanished is known after 9 s: asked after 5 s of silence, every 2 s, twice. The kernel answers for a peer that is
merely frozen, whose streams go on by themselves later: so they stay."""


class Wire:
    """Requests as they go out, with our name on them; a login that is not accepted is renewed once."""

    def __init__(self, access: Access, identity: Identity, proxy: str | None, session: aiohttp.ClientSession) -> None:
        self._access = access
        self._identity = identity
        self._proxy = proxy
        self._session = session
        self._tls: tuple[bytes, ssl.SSLContext | bool] | None = None

    async def request(
        self, method: str, path: str, query: Query, body: bytes | None, kind: str
    ) -> aiohttp.ClientResponse:
        """Send a request and return the answer once its head is there, whatever it says."""
        headers, turn = await self._identity.headers(), self._identity.turn
        answer = await self._request(headers, method, path, query, body, kind)
        if answer.status != 401 or not await self._identity.renew(turn):
            return answer
        answer.release()
        return await self._request(await self._identity.headers(), method, path, query, body, kind)

    async def open(self, path: str, query: Query, protocols: Sequence[str]) -> Socket:
        """Open a WebSocket. Raises aiohttp.WSServerHandshakeError for any other answer."""
        headers, turn = await self._identity.headers(), self._identity.turn
        try:
            return await self._open(headers, path, query, protocols)
        except aiohttp.WSServerHandshakeError as error:
            if error.status != 401 or not await self._identity.renew(turn):
                raise
        return await self._open(await self._identity.headers(), path, query, protocols)

    async def _request(
        self, headers: Headers, method: str, path: str, query: Query, body: bytes | None, kind: str
    ) -> aiohttp.ClientResponse:
        self._still()
        if body is not None:
            headers = [*headers, ("Content-Type", kind)]
        return await self._session.request(
            method,
            self._access.server + path,
            params=query,
            data=body,
            headers=headers,
            allow_redirects=False,
            **self._way(),
        )

    async def _open(self, headers: Headers, path: str, query: Query, protocols: Sequence[str]) -> Socket:
        self._still()
        socket: Socket = await self._session.ws_connect(
            self._access.server + path,
            params=query,
            headers=headers,
            protocols=protocols,
            max_msg_size=0,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            **self._way(),
        )
        return socket

    def _still(self) -> None:
        """Raise ConnectionResetError when the block is over: who came late is told as for any broken connection."""
        if self._session.closed:
            raise ConnectionResetError("the link to the cluster was closed")

    def _way(self) -> dict[str, Any]:
        """Return how to get there, after the login was made sure of: it may bring a certificate."""
        certificate = self._identity.certificate
        if self._tls is None or self._tls[0] != certificate:
            secure = self._access.server.startswith("https:")
            self._tls = certificate, tls_of(self._access, certificate) if secure else True
        return {"ssl": self._tls[1], "server_hostname": self._access.server_name, "proxy": self._proxy}


@asynccontextmanager
async def opened(access: Access, environ: Mapping[str, str]) -> AsyncIterator[Wire]:
    """Open the pool for a block. Raises OutsideError when the kubeconfig asks for what cannot be."""
    proxy = proxy_for(access.server, access.proxy, environ)
    made: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def make(address: tuple[Any, ...]) -> socket.socket:
        sock = _kept_alive(address)
        made.add(sock)
        return sock

    connector = aiohttp.TCPConnector(limit=0, socket_factory=make)
    quick = aiohttp.ClientTimeout(total=None, sock_connect=10)
    try:
        async with aiohttp.ClientSession(connector=connector, timeout=quick, read_bufsize=BUFFER) as session:
            yield Wire(access, Identity(access, environ), proxy, session)
    finally:
        await _hang_up(made)


async def _hang_up(made: Iterable[socket.socket]) -> None:
    """Close what still says goodbye by TLS: the session has forgotten these, and a peer may take long to answer."""
    for sock in [sock for sock in made if sock.fileno() >= 0]:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
    for _ in range(_TURNS):
        if all(sock.fileno() < 0 for sock in tuple(made)):
            return
        await asyncio.sleep(0)  # the loop sees the end that we made, and closes


def _kept_alive(address: tuple[Any, ...]) -> socket.socket:
    """Return a socket whose kernel notices a peer that vanished."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wanted = {"TCP_KEEPIDLE": _QUIET, "TCP_KEEPALIVE": _QUIET, "TCP_KEEPINTVL": _ASK, "TCP_KEEPCNT": _TIMES}
    # No TCP_USER_TIMEOUT: it would count a frozen peer's full window as silence, and overrule the number of questions.
    for name, value in wanted.items():
        if (option := getattr(socket, name, None)) is not None:
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made
