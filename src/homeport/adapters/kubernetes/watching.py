"""A watch that never ends by itself: it goes on after a normal end, a broken connection and a version that is too old."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

import aiohttp
from msgspec import Struct

from homeport.adapters.kubernetes.failures import decoded, event_failure
from homeport.adapters.kubernetes.kinds import Kinds
from homeport.adapters.kubernetes.link import Link
from homeport.adapters.kubernetes.objects import Objects, collection, filters, named
from homeport.model.errors import OutsideError
from homeport.ports.cluster import Changed, ClusterError, Gone, LinkDown, LinkUp, Listed, Manifest, News, Scope

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
"""Seconds between tries while the cluster is out of reach: healed within ten."""
_PASSING: Final = frozenset({0, 401, 408, 410, 429, 500, 502, 503, 504})
"""Codes after which asking again may help, though nothing was heard yet."""


class _Event(Struct):
    type: str
    object: dict[str, Any]


class Watch:
    """One watch of one scope. What was missed while the link was down comes as a new ``Listed`` or as the changes themselves."""

    def __init__(self, link: Link, kinds: Kinds, objects: Objects, scope: Scope) -> None:
        self._link = link
        self._kinds = kinds
        self._objects = objects
        self._scope = scope
        self._version = ""
        self._heard = False

    async def news(self) -> AsyncGenerator[News, None]:
        """Yield the news for ever. Raises ClusterError only for a first refusal that trying again would not change."""
        pause, down = 0.0, False
        while True:
            try:
                async for news in self._connected():
                    if down and news is None:
                        down = False
                        yield LinkUp()
                    pause = 0.0
                    if news is not None:
                        yield news
            except OutsideError as error:
                expired = isinstance(error, ClusterError) and error.code == 410
                if expired:
                    self._version = ""
                elif not self._heard and not (isinstance(error, ClusterError) and error.code in _PASSING):
                    raise
                # One break of a healthy link is healed at once, and is no news.
                if pause and not down and not expired:
                    down = True
                    yield LinkDown(error.what)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2 or FIRST_PAUSE)

    async def _connected(self) -> AsyncIterator[News | None]:
        """Yield the news of one connection, and None whenever the cluster was heard."""
        if not self._version:
            listed, version = await self._objects.list(self._scope, dict)
            self._heard = True
            yield None
            self._version = version
            yield Listed(tuple(_whole(each, self._scope) for each in listed))
        path = await self._kinds.path(collection(self._scope))
        query = [("watch", "true"), ("resourceVersion", self._version), ("allowWatchBookmarks", "true")]
        async with self._link.stream(path, f"watch of {named(self._scope)}", [*query, *filters(self._scope)]) as body:
            yield None
            async for line in lines_of(body):
                news = self._read(line)
                yield None
                if news is not None:
                    yield news

    def _read(self, line: bytes) -> News | None:
        event = decoded(f"watch of {named(self._scope)}", line, _Event)
        if event.type == "ERROR":
            raise event_failure(f"watch of {named(self._scope)}", event.object)
        self._version = event.object["metadata"]["resourceVersion"]
        if event.type == "BOOKMARK":
            return None
        return Gone(event.object) if event.type == "DELETED" else Changed(event.object)


async def lines_of(body: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Yield whole lines of any length without their ends; what has no end is left out."""
    rest: list[bytes] = []
    async for chunk in body.iter_any():
        first, *others = chunk.split(b"\n")
        rest.append(first)
        for other in others:
            yield b"".join(rest)
            rest = [other]


def _whole(listed: dict[str, Any], scope: Scope) -> Manifest:
    """Return an object of a list as it is alone: lists leave out what all have in common."""
    return {"apiVersion": scope.api, "kind": scope.kind, **listed}
