"""A link into a pod whose WebSocket is opened anew when a connection failed in it.

A WebSocket outlives its pod: containerd keeps the session of a sandbox that is gone, and fails each new connection. So a
connection that fails makes us look whether the pod is still there. Where it is (nobody listens on the port), its WebSocket is of
no use all the same: what was sent on a connection that failed is never read there, and the reader of all others waits for that,
with the second such connection at the latest. kubectl closes its WebSocket then, too.
"""

import asyncio
from collections.abc import Awaitable, Callable

from homeport.adapters.kubernetes.tunnel import SpdySession
from homeport.aio.latest import Latest
from homeport.model.errors import OutsideError
from homeport.ports.callers import Caller
from homeport.ports.cluster import Unreachable


class SpdyTunnel:
    """Carries connections in the session of the moment."""

    def __init__(
        self,
        first: SpdySession,
        again: Callable[[], Awaitable[SpdySession]],
        there: Callable[[], Awaitable[str | None]],
    ) -> None:
        """``again`` opens another session; ``there`` looks at the pod: None, or a sentence when it is gone."""
        self._session = Latest(first)
        self._again = again
        self._there = there
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def carry(self, caller: Caller, remote: int) -> None:
        """Carry a connection to a port in the pod, to its end."""
        await (await self._fit()).carry(caller, remote)

    async def ping(self) -> None:
        """Ask the runtime that holds the other end, behind the cluster's API and the kubelet, and wait for its answer."""
        while True:
            session = await self._fit()
            try:
                return await session.ping()
            except Unreachable:
                if not session.worn:
                    raise

    async def ended(self) -> str:
        """Wait until the link is broken and return why."""
        return await asyncio.shield(self._ended)

    async def read(self) -> None:
        """Read the sessions, one after the other, until the link ends."""
        why = "the cluster closed the link to the pod"
        try:
            while True:
                session = self._session.value
                why = await session.read()
                if not session.worn:
                    return
                if gone := await self._there():
                    why = gone
                    return
                self._session.set(await self._again())
        except OutsideError as error:
            why = error.what
        finally:
            self._ended.set_result(why)
            self._session.set(self._session.value)  # who waits for another one looks

    async def close(self) -> None:
        """Close what is open."""
        await self._session.value.close()

    async def _fit(self) -> SpdySession:
        """Return the session for new connections, once there is one. Raises Unreachable when there will be none."""
        while True:
            if self._ended.done():
                raise Unreachable(self._ended.result())
            if not (session := self._session.value).worn:
                return session
            await self._session.after(self._session.turn)
