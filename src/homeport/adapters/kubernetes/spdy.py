"""The few frames of SPDY/3.1 that a forward needs.

Headers are deflated without SPDY's dictionary, which Go's reader accepts, and answers' headers are never read: so no dictionary
is needed.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

_HEAD: Final = struct.Struct(">II")
_CONTROL: Final = 1 << 31
_VERSION: Final = 0x8003
_FIN: Final = 1
_SYN_STREAM, _RST_STREAM, _PING, _GOAWAY = 1, 3, 6, 7

Kind = Literal["data", "reset", "ping", "goaway"]


class Frame(NamedTuple):
    """What came: ``stream`` 0 for what is about all of them; ``fin``: nothing follows on this stream."""

    kind: Kind
    stream: int
    body: bytes
    fin: bool


class Writer:
    """Makes frames. Streams must be opened in the order of their numbers, since all headers are one deflated text."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(1)
        self._next = 1

    def open(self, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Return a new stream's number and the frame that opens it."""
        number, self._next = self._next, self._next + 2
        words = [word.encode() for pair in headers.items() for word in pair]
        text = struct.pack(">I", len(headers)) + b"".join(struct.pack(">I", len(word)) + word for word in words)
        block = self._deflate.compress(text) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        head = struct.pack(">HHIIIH", _VERSION, _SYN_STREAM, len(block) + 10, number, 0, 0)
        return number, head + block


def data(stream: int, body: bytes, *, fin: bool = False) -> bytes:
    """Return a frame of data, at most 16 MiB."""
    return _HEAD.pack(stream, (_FIN if fin else 0) << 24 | len(body)) + body


def reset(stream: int) -> bytes:
    """Return the frame that breaks a stream off."""
    return struct.pack(">HHIII", _VERSION, _RST_STREAM, 8, stream, 5)


def ping(number: int) -> bytes:
    """Return a ping, whose answer is the same frame. Ours have odd numbers."""
    return struct.pack(">HHII", _VERSION, _PING, 4, number)


class Reader:
    """Makes frames of bytes, however these are cut."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """Yield the frames that are whole now; what is of no interest is left out."""
        self._rest += chunk
        at = 0
        with memoryview(self._rest) as view:
            while len(view) - at >= _HEAD.size:
                first, second = _HEAD.unpack_from(view, at)
                end = at + _HEAD.size + (second & 0xFFFFFF)
                if end > len(view):
                    break
                body = bytes(view[at + _HEAD.size : end])
                at = end
                if frame := _frame(first, second >> 24, body):
                    yield frame
        del self._rest[:at]


def _frame(first: int, flags: int, body: bytes) -> Frame | None:
    if not first & _CONTROL:
        return Frame("data", first, body, bool(flags & _FIN))
    kind = first & 0xFFFF
    if kind == _PING:
        return Frame("ping", 0, body, fin=False)
    if kind == _RST_STREAM:
        return Frame("reset", int.from_bytes(body[:4], "big") & 0x7FFFFFFF, b"", fin=True)
    if kind == _GOAWAY:
        return Frame("goaway", 0, body, fin=True)
    return None
