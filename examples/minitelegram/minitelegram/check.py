"""Sends messages through a running gateway and looks in the database whether each is stored exactly once.

Gateways and workers may be killed meanwhile: what gets no answer is sent again, under the same id.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import aiohttp
import asyncpg  # type: ignore[import-untyped]
from msgspec import Struct

from minitelegram.client import Client, Refusal
from minitelegram.program import LOST, setting
from minitelegram.wire import Event

log = logging.getLogger("check")

USERS = 10
AT_ONCE = 50  # requests in flight
LOOK = 0.1  # seconds between two looks

FOUND = """
select count(*) as stored, count(distinct body) as different, count(delivered_at) as delivered, count(read_at) as read
from messages left join receipts on receipts.message_id = messages.id
where starts_with(body, $1)
"""


class Found(Struct, frozen=True):
    """What the database has of a run: messages, different texts among them, receipts of both kinds."""

    stored: int
    different: int
    delivered: int
    read: int


class Check:
    """One run of `count` messages. Each has a text of its own: stored under two ids it would still be found."""

    def __init__(self, url: str, count: int, postgres: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._url = url
        self._count = count
        self._postgres = postgres
        self._name = f"check-{uuid4().hex[:8]}"
        self._clients: list[Client] = []
        self._inboxes: dict[str, list[UUID]] = {}
        self._heard: set[UUID] = set()

    async def perform(self) -> None:
        """Registers, sends, waits until all is stored, reads, waits until that is stored too."""
        async with aiohttp.ClientSession() as session:
            await self._register(session)
            async with self._listening():
                await self._until(self._all_online, "users are online", USERS)
                begin = time.monotonic()
                await self._send()
                log.info("%d messages accepted in %.1f s", self._count, time.monotonic() - begin)
                await self._until(self._all_delivered, "messages stored and delivered", self._count)
                log.info("%d of them came through an open socket", len(self._heard))
                await self._read()
                await self._until(self._all_read, "messages read", self._count)

    async def found(self) -> Found:
        """Asks the database."""
        row = await self._postgres.fetchrow(FOUND, f"{self._name} ")
        return Found(**dict(row or {}))

    async def _register(self, session: aiohttp.ClientSession) -> None:
        names = [f"{self._name}-{number}" for number in range(USERS)]
        self._clients = [await Client.register(session, self._url, name) for name in names]
        self._inboxes = {name: [] for name in names}

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            listeners = [group.create_task(client.listen(self._hear)) for client in self._clients]
            yield
            for listener in listeners:
                listener.cancel()

    def _hear(self, event: Event) -> None:
        if event.kind == "message":
            self._heard.add(event.message_id)

    async def _send(self) -> None:
        numbers = iter(range(self._count))

        async def sender() -> None:
            for number in numbers:  # one iterator for all senders: each number is taken once
                sender, recipient = self._clients[number % USERS], self._clients[(number // USERS + number) % USERS]
                message = uuid4()
                self._inboxes[recipient.name].append(message)
                await sender.send(recipient.name, f"{self._name} {number}", message)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(sender())

    async def _read(self) -> None:
        for client in self._clients:
            inbox = self._inboxes[client.name]
            for start in range(0, len(inbox), 20):
                await client.read(inbox[start : start + 20])

    async def _all_online(self) -> bool:
        return all([await self._clients[0].online(client.name) for client in self._clients])

    async def _all_delivered(self) -> bool:
        return (await self.found()).delivered >= self._count

    async def _all_read(self) -> bool:
        return (await self.found()).read >= self._count

    async def _until(self, fact: Callable[[], Awaitable[bool]], what: str, number: int) -> None:
        begin = time.monotonic()
        while not await fact():  # noqa: ASYNC110 - the fact is in another program's database
            await asyncio.sleep(LOOK)
        log.info("%d %s after %.1f s", number, what, time.monotonic() - begin)


async def verdict(url: str, count: int, limit: float) -> bool:
    """Performs a check within `limit` seconds and says whether the database has each message exactly once."""
    postgres = await asyncpg.connect(setting("DSN"))
    try:
        check = Check(url.rstrip("/"), count, postgres)
        try:
            async with asyncio.timeout(limit):
                await check.perform()
        except TimeoutError:
            log.error("not done after %g s", limit)
        found = await check.found()
    finally:
        await postgres.close()
    lost, double = count - found.different, found.stored - found.different
    log.info(
        "sent %d: %d lost, %d stored twice, %d delivered, %d read", count, lost, double, found.delivered, found.read
    )
    return found == Found(count, count, count, count)


def main() -> int:
    """Returns 0 when each message is stored exactly once, delivered and read; otherwise 1."""
    words = argparse.ArgumentParser(prog="python -m minitelegram.check", description=__doc__)
    words.add_argument("--url", required=True, help="address of the gateway, such as http://127.0.0.1:9090")
    words.add_argument("--count", type=int, default=1000, help="messages to send")
    words.add_argument("--limit", type=float, default=60, help="seconds for all of it")
    given = words.parse_args()
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO, stream=sys.stdout)
    try:
        return 0 if asyncio.run(verdict(given.url, given.count, given.limit)) else 1
    except (Refusal, *LOST) as error:
        log.error("%s: %s", type(error).__name__, error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
