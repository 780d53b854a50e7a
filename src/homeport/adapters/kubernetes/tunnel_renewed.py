"""A link into a pod whose WebSocket is opened anew when a connection failed in it.

A WebSocket outlives its pod: containerd keeps the session of a sandbox that is gone, and fails each new connection. So a
connection that fails makes us look whether the pod is still there. Where it is (nobody listens on the port), its WebSocket is of
no use for new ones all the same: what was sent on a connection that failed is never read there, and the readers wait for that,
all of them after a few. kubectl closes its WebSocket then, too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from homeport.adapters.kubernetes.tunnel import SpdySession
from homeport.aio.beside import beside
from homeport.aio.foreach import for_each
from homeport.aio.latest import Latest
from homeport.model.errors import OutsideError
from homeport.ports.callers import Caller
from homeport.ports.cluster import Unreachable


class SpdyTunnel:
    """Carries connections in the newest session; older ones go on until theirs have ended."""

    def __init__(
        self,
        first: SpdySession,
        again: Callable[[], Awaitable[SpdySession]],
        there: Callable[[], Awaitable[str | None]],
    ) -> None:
        """``again`` opens another session; ``there`` looks at the pod: None, or a sentence when it is gone."""
        self._sessions: Latest[Mapping[str, SpdySession]] = Latest({"0": first})
        self._newest = first
        self._count = 1
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
                if not session.worn.done():
                    raise Unreachable(await self.ended()) from None

    async def ended(self) -> str:
        """Wait until the link is broken and return why."""
        return await asyncio.shield(self._ended)

    async def read(self) -> None:
        """Read what comes, until cancelled."""
        await for_each(self._sessions, list, self._keep)

    async def _keep(self, name: str) -> None:
        """Read a session to its end; with the end of the newest the link ends."""
        session = self._sessions.value[name]
        try:
            async with beside(session.read()) as reading:
                either: set[asyncio.Future[Any]] = {reading, session.worn}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if session.worn.done():
                    await self._renew()
                why = await reading
            if session is self._newest:
                self._end(why)
        finally:
            left = {other: kept for other, kept in self._sessions.value.items() if other != name}
            self._sessions.set(left)
            await session.close()

    async def _renew(self) -> None:
        try:
            gone = await self._there()
            if gone is None:
                self._newest, name = await self._again(), f"{self._count}"
                self._count += 1
                self._sessions.set({**self._sessions.value, name: self._newest})
        except OutsideError as error:
            gone = error.what
        if gone is not None:
            self._end(gone)

    def _end(self, why: str) -> None:
        """End the link: everything that is connected ends with it."""
        for session in self._sessions.value.values():
            session.abort()
        if not self._ended.done():
            self._ended.set_result(why)
        self._sessions.set(self._sessions.value)  # who waits for another session looks

    async def _fit(self) -> SpdySession:
        """Return the session for new connections, once there is one. Raises Unreachable when there will be none."""
        while not self._ended.done():
            if not self._newest.worn.done():
                return self._newest
            await self._sessions.after(self._sessions.turn)
        raise Unreachable(self._ended.result())
