"""The first bytes of PostgreSQL's protocol: whether a server accepts connections, without logging in.

Send ``startup_message``, give everything received so far to ``judge`` until the answer is no longer INCOMPLETE. A
server that asks for a password accepts connections; one that recovers, starts or stops says so with code 57P03.
"""

import struct
from enum import Enum

_VERSION_3_0 = 196608
_HEADER = 5
_LONGEST_ERROR = 30_000


class Answer(Enum):
    """What a server's first bytes say."""

    INCOMPLETE = "more bytes are needed"
    ACCEPTING = "the server accepts connections"
    STARTING = "the server is starting, recovering or stopping"
    FOREIGN = "this is not a PostgreSQL server"


def startup_message(user: str = "homeport", database: str = "postgres") -> bytes:
    """Return the message that opens a connection. The names need not exist: the server asks for a password first."""
    pairs = (b"user", user.encode(), b"database", database.encode(), b"application_name", b"homeport probe", b"")
    body = struct.pack("!I", _VERSION_3_0) + b"".join(part + b"\0" for part in pairs)
    return struct.pack("!I", len(body) + 4) + body


def judge(received: bytes) -> Answer:
    """Say what the bytes received so far mean."""
    if received[:1] not in (b"", b"R", b"E"):
        return Answer.FOREIGN
    if len(received) < _HEADER:
        return Answer.INCOMPLETE
    (length,) = struct.unpack_from("!I", received, 1)
    if not 8 <= length <= _LONGEST_ERROR:
        return Answer.FOREIGN
    if received[:1] == b"R":
        return Answer.ACCEPTING
    if len(received) < 1 + length:
        return Answer.INCOMPLETE
    # An error besides "cannot connect now" (a pg_hba rule, a missing database) comes from a server that is up.
    return Answer.STARTING if _code(received[_HEADER : 1 + length]) == b"57P03" else Answer.ACCEPTING


def _code(fields: bytes) -> bytes:
    """Return the SQLSTATE of an error message's fields: each a letter and text that ends with a zero byte."""
    return next((field[1:] for field in fields.split(b"\0") if field[:1] == b"C"), b"")
