"""Asking a cluster: a time limit for everything, another try where that is safe, and errors with a next step."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiohttp

from homeport.adapters.kubernetes.access import Access
from homeport.adapters.kubernetes.failures import Status, refusal, status_of
from homeport.adapters.kubernetes.wire import Query, Socket, Wire, opened
from homeport.ports.cluster import ClusterError, Unreachable

LIMIT: Final = 10.0
"""Seconds until an answer, other tries included."""
_PAUSES: Final = (0.1, 0.3, 0.9)
_AGAIN: Final = frozenset({429, 502, 503, 504})
_APPLY: Final = "application/apply-patch+yaml"


class Link:
    """Requests to one cluster. Every call takes ``what``, by which a failure names it: ``apply of Deployment "api"``."""

    def __init__(self, wire: Wire, access: Access) -> None:
        self._wire = wire
        self._server = access.server
        self._context = access.context

    async def ask(
        self,
        method: str,
        path: str,
        what: str,
        query: Query = (),
        body: bytes | None = None,
        *,
        kind: str = _APPLY,
        limit: float = LIMIT,
    ) -> bytes:
        """Return the body of the answer. All that is asked by this may be asked twice. Raises ClusterError."""
        async with self._limited(what, limit):
            for pause in (*_PAUSES, None):
                try:
                    answer = await self._wire.request(method, path, query, body, kind)
                    async with answer:
                        said = await answer.read()
                except (aiohttp.ClientError, ConnectionError) as error:
                    if pause is None or isinstance(error, aiohttp.ClientSSLError):
                        raise
                    await asyncio.sleep(pause)
                    continue
                if answer.status < 300:
                    return said
                status = status_of(said, answer.status)
                wait = _asked_to_wait(answer, status)
                if pause is None or not (wait or answer.status in _AGAIN):
                    raise refusal(what, status)
                await asyncio.sleep(wait or pause)
        raise AssertionError("the last try returned or raised")

    @asynccontextmanager
    async def stream(self, path: str, what: str, query: Query = ()) -> AsyncIterator[aiohttp.StreamReader]:
        """Yield a body that goes on for as long as the cluster likes. Raises ClusterError when it breaks in the block."""
        async with self._limited(what, LIMIT):
            answer = await self._wire.request("GET", path, query, None, _APPLY)
            if answer.status >= 300:
                async with answer:
                    raise refusal(what, status_of(await answer.read(), answer.status))
        try:
            yield answer.content
        except (aiohttp.ClientError, ConnectionError) as error:
            raise self._unreachable(what, error) from error
        finally:
            answer.close()

    async def open(self, path: str, what: str, query: Query, protocols: Sequence[str]) -> Socket:
        """Open a WebSocket that speaks one of the protocols. Raises ClusterError; ``reason`` is ``Protocol`` for none."""
        async with self._limited(what, LIMIT):
            try:
                socket = await self._wire.open(path, query, protocols)
            except aiohttp.WSServerHandshakeError as error:
                raise await self._explained(path, what, query, error.status) from error
        if socket.protocol in protocols:
            return socket
        await socket.close()
        raise ClusterError(
            f"{what} failed: the cluster chose the protocol {socket.protocol!r}",
            reason="Protocol",
            hint="the cluster is older than what Homeport speaks to: update it",
        )

    async def _explained(self, path: str, what: str, query: Query, code: int) -> ClusterError:
        """Ask the same without a WebSocket: the refusal of one comes without its reason."""
        answer = await self._wire.request("GET", path, query, None, _APPLY)
        async with answer:
            status = status_of(await answer.read(), answer.status)
        if answer.status == 400 and "Upgrade" in status.message:  # this time nothing else was wrong
            status = Status(code=code, reason="Protocol" if code in {400, 403} else "Failure")
        return refusal(what, status)

    @asynccontextmanager
    async def _limited(self, what: str, limit: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(limit):
                yield
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            raise self._unreachable(what, error, limit) from error

    def _unreachable(self, what: str, error: Exception, limit: float = LIMIT) -> ClusterError:
        if isinstance(error, aiohttp.ClientSSLError):
            return ClusterError(
                f"{what} failed: {self._server} did not prove that it is the cluster: {error.os_error}",
                reason="Untrusted",
                hint=f'have the tool of your cluster write the context "{self._context}" anew',
            )
        why = f"no answer within {limit:g} s" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        return Unreachable(
            f'{what} failed: the cluster of the context "{self._context}" at {self._server} is out of reach: {why}',
            hint="see whether it runs, and whether the network or VPN leads to it",
        )


@asynccontextmanager
async def linked(access: Access, environ: Mapping[str, str]) -> AsyncIterator[Link]:
    """Open the link for a block; nothing is sent yet."""
    async with opened(access, environ) as wire:
        yield Link(wire, access)


def _asked_to_wait(answer: aiohttp.ClientResponse, status: Status) -> float:
    """Return how many seconds an overloaded cluster asks us to wait."""
    header = answer.headers.get("Retry-After", "")
    if header.isdecimal():
        return float(header)
    return float(status.details.retry_after_seconds) if status.details else 0.0
