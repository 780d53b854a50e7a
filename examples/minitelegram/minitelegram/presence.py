"""The presence worker: takes read receipts and comings and goings in batches.

Read receipts go to Postgres and back to the senders' sockets; who is online goes to Redis. Both are written so that
order and repetition do not matter (the later instant wins), which lets any number of these workers share the queues.
"""

import asyncio
from collections.abc import Iterable
from typing import TypeVar

import aio_pika
import asyncpg  # type: ignore[import-untyped]
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from msgspec import Struct
from redis.asyncio import Redis

from minitelegram.broker import PRESENCE, READS, Inbox, durable, events, fleeting
from minitelegram.online import Online
from minitelegram.program import Stop, log, run, setting
from minitelegram.wire import Event, Malformed, Presence, Read, decode

T = TypeVar("T", bound=Struct)

SIZE = 100  # messages in a batch, at most
WAIT = 0.1  # seconds that the first of a batch waits for others

READ = """
update receipts set read_at = read.at
from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as read (message_id, reader, at), messages
where receipts.message_id = read.message_id and receipts.reader = read.reader and receipts.read_at is null
  and messages.id = read.message_id
returning messages.id, messages.sender
"""


class Worker:
    """One consumer of both queues."""

    def __init__(self, postgres: "asyncpg.Connection[asyncpg.Record]", online: Online) -> None:
        self._postgres = postgres
        self._online = online

    async def receipts(self, channel: AbstractChannel, stop: Stop) -> None:
        """Consumes `read.receipts`."""
        exchange = await events(channel)
        inbox = await Inbox.of(await durable(channel, READS), stop)
        while taken := await inbox.batch(SIZE, WAIT):
            reads = await understood(taken, Read)
            flat = [(message, read.reader, read.at) for read in reads for message in read.ids]
            rows = await self._postgres.fetch(READ, *([receipt[column] for receipt in flat] for column in range(3)))
            await self._online.seen({read.reader: read.at for read in sorted(reads, key=lambda read: read.at)})
            for row in rows:
                await exchange.publish(fleeting(Event(row["sender"], "read", row["id"])), "", mandatory=False)
            await acknowledge(taken)
            log.info("a batch of %d: %d read receipts, %d of them new", len(taken), len(flat), len(rows))

    async def changes(self, channel: AbstractChannel, stop: Stop) -> None:
        """Consumes `presence.changes`."""
        inbox = await Inbox.of(await durable(channel, PRESENCE), stop)
        while taken := await inbox.batch(SIZE, WAIT):
            changes = await understood(taken, Presence)
            await self._online.record(changes)
            await acknowledge(taken)
            log.info("a batch of %d comings and goings", len(taken))


async def understood(taken: Iterable[AbstractIncomingMessage], kind: type[T]) -> list[T]:
    """Decodes a batch; what is not JSON of that kind is rejected, so that it cannot hold up the others."""
    values: list[T] = []
    for envelope in taken:
        try:
            values.append(decode(envelope.body, type=kind))
        except Malformed as error:
            log.error("rejected: %s", error)
            await envelope.reject(requeue=False)
    return values


async def acknowledge(taken: Iterable[AbstractIncomingMessage]) -> None:
    """Acknowledges a batch, after all of its work is done."""
    for envelope in taken:
        if not envelope.processed:
            await envelope.ack()


async def main() -> None:
    """Works until asked to stop."""
    postgres = await asyncpg.connect(setting("DSN"))
    redis = Redis.from_url(f"redis://{setting('REDIS')}", decode_responses=True)
    try:
        async with redis, await aio_pika.connect(setting("AMQP_URL")) as connection, asyncio.TaskGroup() as group:
            worker = Worker(postgres, Online(redis))
            stop = Stop.on_signals()
            for consumer in (worker.receipts, worker.changes):
                channel = await connection.channel()
                await channel.set_qos(prefetch_count=2 * SIZE)
                group.create_task(consumer(channel, stop))
            log.info("waiting for read receipts, comings and goings")
    finally:
        await postgres.close(timeout=2)


if __name__ == "__main__":
    run(main())
