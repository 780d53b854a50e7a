"""What travels: requests of clients, messages in the queues, events for open sockets. All of it is JSON."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta, Struct, field

Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


class Register(Struct, frozen=True):
    """A client wants a name."""

    name: Name


class Send(Struct, frozen=True, tag="send"):
    """A client sends a message; with an id of its own it may send it again after a lost answer."""

    to: Name
    body: Text
    id: UUID = field(default_factory=uuid4)


class Reads(Struct, frozen=True, tag="read"):
    """A client has shown these messages to its user."""

    ids: Annotated[list[UUID], Meta(max_length=1000)]


class Message(Struct, frozen=True):
    """In the queue `chat.messages`: to be stored."""

    id: UUID
    sender: Name
    recipient: Name
    body: Text
    sent_at: datetime


class Read(Struct, frozen=True):
    """In the queue `read.receipts`: `reader` has seen these messages."""

    ids: list[UUID]
    reader: Name
    at: datetime


class Presence(Struct, frozen=True):
    """In the queue `presence.changes`: `user` came, stays or went."""

    user: Name
    online: bool
    at: datetime


class Event(Struct, frozen=True, omit_defaults=True):
    """In the exchange `chat.events`: something that an open socket of `user` is told at once."""

    user: Name
    kind: Literal["message", "delivered", "read"]
    message_id: UUID
    sender: str = ""
    body: str = ""


encode = msgspec.json.encode
decode = msgspec.json.decode
Malformed = msgspec.DecodeError
"""What `decode` raises; its sentence names the place in the JSON."""
