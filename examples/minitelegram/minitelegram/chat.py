"""The chat worker: stores messages, creates their delivery receipts, tells who is concerned.

Any number of these compete for one queue. The broker gives each message to one of them, and to another one when the
first ended before it acknowledged; the database refuses an id that it has. Together: stored exactly once.
"""

from typing import TypeAlias

import aio_pika
import asyncpg  # type: ignore[import-untyped]
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

from minitelegram.broker import MESSAGES, Inbox, durable, events, fleeting
from minitelegram.program import Stop, log, run, setting
from minitelegram.wire import Event, Malformed, Message, decode

Database: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# One statement is one transaction: there is no message without its receipt.
STORE = """
with stored as (
    insert into messages (id, sender, recipient, body, sent_at) values ($1, $2, $3, $4, $5)
    on conflict (id) do nothing
    returning id, recipient
)
insert into receipts (message_id, reader) select id, recipient from stored
returning message_id
"""


async def main() -> None:
    """Consumes `chat.messages` until asked to stop."""
    postgres = await asyncpg.connect(setting("DSN"))
    try:
        async with await aio_pika.connect(setting("AMQP_URL")) as connection:
            stop = Stop.on_signals()
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=20)
            exchange = await events(channel)
            inbox = await Inbox.of(await durable(channel, MESSAGES), stop)
            log.info("waiting for messages")
            while envelope := await inbox.next():
                await work(postgres, exchange, envelope)
    finally:
        await postgres.close(timeout=2)


async def work(postgres: Database, exchange: AbstractExchange, envelope: AbstractIncomingMessage) -> None:
    """Stores one message; it is acknowledged only after its commit."""
    message = await stored(postgres, envelope)
    if message is None:
        await envelope.reject(requeue=False)
        return
    # A worker killed before the last line leaves the message to another, which finds it stored and tells again:
    # sockets may hear of a message twice, and know it by its id.
    await tell(exchange, message)
    await envelope.ack()


async def stored(postgres: Database, envelope: AbstractIncomingMessage) -> Message | None:
    """Stores the message unless it is stored already; None says that it never can be."""
    try:
        message = decode(envelope.body, type=Message)
        new = await postgres.fetchval(
            STORE, message.id, message.sender, message.recipient, message.body, message.sent_at
        )
    except (Malformed, asyncpg.ForeignKeyViolationError) as error:
        log.error("rejected: %s", error)
        return None
    log.info("%s %s from %s to %s", "stored" if new else "had", message.id, message.sender, message.recipient)
    return message


async def tell(exchange: AbstractExchange, message: Message) -> None:
    """Tells the recipient's sockets of the message, and the sender's that it was delivered."""
    received = Event(message.recipient, "message", message.id, message.sender, message.body)
    for event in (received, Event(message.sender, "delivered", message.id)):
        await exchange.publish(fleeting(event), routing_key="", mandatory=False)


if __name__ == "__main__":
    run(main())
