"""The broker: names of its queues, publishing, and consuming in batches."""

import asyncio
from contextlib import suppress

from aio_pika import DeliveryMode, ExchangeType
from aio_pika import Message as Envelope
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage, AbstractQueue
from msgspec import Struct

from minitelegram.wire import encode

MESSAGES = "chat.messages"
READS = "read.receipts"
PRESENCE = "presence.changes"
REJECTED = "rejected"  # what no worker understood, kept for a person to look at
EVENTS = "chat.events"


Inbox = asyncio.Queue[AbstractIncomingMessage]


async def durable(channel: AbstractChannel, name: str) -> AbstractQueue:
    """Declares a queue that survives the broker's restart and keeps what its consumers reject in `rejected`."""
    await channel.declare_queue(REJECTED, durable=True)
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": REJECTED}
    return await channel.declare_queue(name, durable=True, arguments=arguments)


async def events(channel: AbstractChannel) -> AbstractExchange:
    """Declares the exchange that hands every event to every gateway."""
    return await channel.declare_exchange(EVENTS, ExchangeType.FANOUT, durable=True)


def persistent(value: Struct) -> Envelope:
    """Wraps `value` for a durable queue."""
    return Envelope(encode(value), content_type="application/json", delivery_mode=DeliveryMode.PERSISTENT)


def fleeting(value: Struct) -> Envelope:
    """Wraps `value` for whoever listens now."""
    return Envelope(encode(value), content_type="application/json", delivery_mode=DeliveryMode.NOT_PERSISTENT)


async def consume(queue: AbstractQueue) -> Inbox:
    """Starts to consume `queue` and returns where its messages arrive; at most the channel's prefetch are there."""
    inbox: Inbox = asyncio.Queue()
    await queue.consume(inbox.put)
    return inbox


async def batch(inbox: Inbox, size: int, wait: float) -> list[AbstractIncomingMessage]:
    """Waits for a message, then up to `wait` seconds for more of them, `size` at most."""
    taken = [await inbox.get()]
    with suppress(TimeoutError):
        async with asyncio.timeout(wait):
            while len(taken) < size:
                taken.append(await inbox.get())
    return taken


async def until_lost(channel: AbstractChannel) -> None:
    """Waits until the channel is closed, which a consumer that only waits for messages would not notice."""
    await channel.closed()
    raise ConnectionError("the broker closed the channel")
