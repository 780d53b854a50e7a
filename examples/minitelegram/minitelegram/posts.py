"""What a gateway puts into the durable queues; each call returns when the broker has confirmed that it keeps it."""

from aio_pika.abc import AbstractChannel
from msgspec import Struct

from minitelegram.broker import MESSAGES, PRESENCE, READS, durable, persistent
from minitelegram.wire import Message, Presence, Read, Reads, Send, now

PATIENCE = 5.0  # seconds to wait for a confirmation


class Posts:
    """Publishes over one channel, which has publisher confirms and raises when a message has no queue to go to."""

    def __init__(self, channel: AbstractChannel) -> None:
        self._channel = channel

    async def declare(self) -> None:
        """Makes sure that the queues exist, also when a gateway is the first to start."""
        for queue in (MESSAGES, READS, PRESENCE):
            await durable(self._channel, queue)

    async def send(self, sender: str, send: Send) -> None:
        """Hands a message to the chat workers."""
        await self._put(MESSAGES, Message(send.id, sender, send.to, send.body, now()))

    async def read(self, reader: str, reads: Reads) -> None:
        """Hands read receipts to the presence workers."""
        await self._put(READS, Read(reads.ids, reader, now()))

    async def presence(self, user: str, online: bool) -> None:
        """Tells the presence workers that `user` came or stays, or went."""
        await self._put(PRESENCE, Presence(user, online, now()))

    async def _put(self, queue: str, value: Struct) -> None:
        try:
            await self._channel.default_exchange.publish(persistent(value), routing_key=queue, timeout=PATIENCE)
        except RuntimeError as error:  # how the library says that it has no connection at the moment
            raise ConnectionError("the broker is away") from error
