"""A chat client that does not give up: what gets no answer, or "try later", it asks again."""

import asyncio
from collections.abc import Callable
from typing import Any, Self
from uuid import UUID

from aiohttp import ClientError, ClientSession

from minitelegram.wire import Event, decode

AGAIN = 0.2  # seconds before something is asked again


class Refusal(Exception):
    """The gateway understood and said no; asking again would not help."""


class Client:
    """One user of a gateway at `url`."""

    def __init__(self, session: ClientSession, url: str, name: str, token: str) -> None:
        self.name = name
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    @classmethod
    async def register(cls, session: ClientSession, url: str, name: str) -> Self:
        """Registers a new user; a name that was taken by an answer that got lost needs another run."""
        answer = await patiently(lambda: session.post(f"{url}/users", json={"name": name}))
        return cls(session, url, name, answer["token"])

    async def send(self, to: str, body: str, message: UUID) -> None:
        """Sends a message under an id, so that it may be sent twice and is stored once."""
        said = {"to": to, "body": body, "id": str(message)}
        await patiently(lambda: self._session.post(f"{self._url}/messages", json=said, headers=self._headers))

    async def read(self, messages: list[UUID]) -> None:
        """Says that these messages were read."""
        said = {"ids": [str(each) for each in messages]}
        await patiently(lambda: self._session.post(f"{self._url}/reads", json=said, headers=self._headers))

    async def online(self, user: str) -> bool:
        """Asks whether a user is online."""
        answer = await patiently(lambda: self._session.get(f"{self._url}/presence/{user}", headers=self._headers))
        return bool(answer["online"])

    async def listen(self, hear: Callable[[Event], None]) -> None:
        """Keeps a WebSocket open, and opens it again, until cancelled; what happens between is not heard."""
        while True:
            try:
                async with self._session.ws_connect(f"{self._url}/ws", headers=self._headers) as socket:
                    async for frame in socket:
                        hear(decode(frame.data, type=Event))
            except (ClientError, OSError):
                pass  # the gateway was replaced or killed; the next attempt reaches it or another one
            await asyncio.sleep(AGAIN)


async def patiently(ask: Callable[[], Any]) -> Any:
    """Asks until there is an answer; returns its JSON."""
    while True:
        try:
            async with ask() as response:
                if response.status < 400:
                    return await response.json()
                if response.status < 500:
                    raise Refusal(f"{response.method} {response.url.path}: {response.status} {await response.text()}")
        except (ClientError, OSError):
            pass
        await asyncio.sleep(AGAIN)
