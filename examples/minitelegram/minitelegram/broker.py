"""The broker: names of its queues, publishing, and consuming in batches."""

import asyncio
from contextlib import suppress

from aio_pika import DeliveryMode, ExchangeType
from aio_pika import Message as Envelope
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage, AbstractQueue
from msgspec import Struct
from pamqp.common import FieldTable

from minitelegram.program import Stop
from minitelegram.wire import encode

MESSAGES = "chat.messages"
READS = "read.receipts"
PRESENCE = "presence.changes"
REJECTED = "rejected"  # what no worker understood, kept for a person to look at
EVENTS = "chat.events"


async def durable(channel: AbstractChannel, name: str) -> AbstractQueue:
    """Declares a queue that survives the broker's restart and keeps what its consumers reject in `rejected`."""
    await channel.declare_queue(REJECTED, durable=True)
    arguments: FieldTable = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": REJECTED}
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


class Inbox:
    """What a consumer was given and has not taken yet; it holds at most the prefetch of its channel."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._arrived: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()  # None: no more will come
        self._ended = False

    @classmethod
    async def of(cls, queue: AbstractQueue, stop: Stop) -> "Inbox":
        """Starts to consume `queue`."""
        inbox = cls(stop)
        stop.then(inbox._end)
        queue.channel.close_callbacks.add(inbox._end)
        await queue.consume(inbox._arrived.put)
        return inbox

    async def next(self) -> AbstractIncomingMessage | None:
        """Waits for a message; None says that it is time to stop. Raises ConnectionError when the channel is lost."""
        envelope = None if self._ended else await self._arrived.get()
        if self._stop.asked:
            return None  # what is not acknowledged goes back to the queue when the connection closes
        if envelope is None:
            raise ConnectionError("the broker closed the channel")
        return envelope

    async def batch(self, size: int, wait: float) -> list[AbstractIncomingMessage]:
        """Waits for a message, then up to `wait` seconds for others, `size` in all; empty when it is time to stop."""
        taken: list[AbstractIncomingMessage] = []
        limit = asyncio.timeout(None)
        with suppress(TimeoutError):
            async with limit:
                while len(taken) < size and (envelope := await self.next()):
                    taken.append(envelope)
                    if len(taken) == 1:
                        limit.reschedule(asyncio.get_running_loop().time() + wait)
        return taken

    def _end(self, *_: object) -> None:
        self._ended = True
        self._arrived.put_nowait(None)
