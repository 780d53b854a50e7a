"""The frames between Homeport and the helper inside a container (``helper/`` holds its program).

A frame is: u32 length of the payload, u8 type, u32 id, payload of at most ``FRAME`` bytes. Numbers are in network order, text
is UTF-8 (paths: bytes as the file system has them). The client numbers whatever it asks or opens from 1 with one counter; the
helper numbers the connections it accepts from ``THEIRS``. Paths are absolute and below a root that ``serve`` was started with.

============= ========================================================== =====================================================
to the helper payload                                                    answer
============= ========================================================== =====================================================
H hello       u16 protocol of the client                                 h
W write       u8 1=first 2=last, [first: u32 mode, u16 n, path], content a after the last part; earlier when it failed
X remove      path; a folder with all that is in it                      a; 0 when there is nothing
M move        path, NUL, path                                            a
S symlink     target, NUL, path                                          a
C run         working folder, NUL, (argument, NUL)…                      o and e, then x; a when it could not be started
A applied     label, at most 200 bytes: what the files are now           a, once process 1 remembers it
R restart     u8 signal (0: SIGTERM), u32 grace in ms                    h (id 0) and a, once the new one was started
P ping                                                                   a
L listen      u16 port, on every address of the container                a; then an n for each connection, until Z
O open        u16 port on the container's loopback                       a once connected, Z when refused; data need not wait
from it
a ack         u32 errno (0: done), text
h state       see ``State``; with the id of a hello, or 0 when it changed
o, e output   what a command wrote to stdout, to stderr
x exit        u32 status of a command; 128+n when signal n ended it
n accepted    u32 id of the listen; its own id is the new connection's
both ways
D data        content, never more than the other side has given credit for
K credit      u32 bytes more; ``CREDIT`` is given to every connection from the start
F end         nothing more comes this way; when both ways ended the connection is forgotten
Z reset       u32 errno. Breaks a connection off. To the helper also: stop a listen, give up a write, end a command
============= ========================================================== =====================================================

What is malformed (a wrong length, an unknown type) ends ``serve`` with status 125 and never touches the service's command. A
frame about something that has gone is passed over: the two sides may end it at the same time.
"""

import struct
from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct

from homeport.model.errors import OutsideError

PROTOCOL: Final = 1
FRAME: Final = 128 << 10
"""The longest payload in bytes."""
PART: Final = 120 << 10
"""How much content a sender puts into one frame: a frame with room for a path."""
CREDIT: Final = 64 << 10
"""What each side of a new connection may send, in bytes, before the other said how much more (K)."""
LABEL: Final = 200
"""The longest label in bytes."""
THEIRS: Final = 1 << 31
"""The first id that the helper gives; the client's are below."""
MALFORMED: Final = 125
"""The status with which ``serve`` ends when a frame is malformed or its surroundings are impossible."""

_HEAD: Final = struct.Struct(">IBI")
_FILE: Final = struct.Struct(">IH")
_RESTART: Final = struct.Struct(">BI")
_STATE: Final = struct.Struct(">HIIBBIQQQBB")
"""protocol, pid, starts, how it ended, with what, again, age, since, memory, sizes of label and version."""
_NEVER, _BY_ITSELF, _BY_SIGNAL = range(3)


class Frame(Struct, frozen=True):
    """The base of all frames; ``letter`` is the type on the wire. Their payloads are read and written by this module alone."""

    letter: ClassVar[str] = ""
    id: int

    def _payload(self) -> bytes:
        return b""

    @classmethod
    def _read(cls, number: int, body: bytes) -> "Frame":
        if body:
            raise ValueError("it has no payload")
        return cls(number)


class _Text(Frame, frozen=True):
    text: str

    def _payload(self) -> bytes:
        return _bytes(self.text)

    @classmethod
    def _read(cls, number: int, body: bytes) -> "_Text":
        return cls(number, _text(body))


class _Number(Frame, frozen=True):
    value: int
    size: ClassVar[int] = 4

    def _payload(self) -> bytes:
        return self.value.to_bytes(self.size, "big")

    @classmethod
    def _read(cls, number: int, body: bytes) -> "_Number":
        if len(body) != cls.size:
            raise ValueError(f"its payload has {len(body)} bytes instead of {cls.size}")
        return cls(number, int.from_bytes(body, "big"))


class _Pair(Frame, frozen=True):
    one: str
    other: str

    def _payload(self) -> bytes:
        return _bytes(self.one) + b"\0" + _bytes(self.other)

    @classmethod
    def _read(cls, number: int, body: bytes) -> "_Pair":
        one, other = body.split(b"\0")
        return cls(number, _text(one), _text(other))


class _Content(Frame, frozen=True):
    content: bytes

    def _payload(self) -> bytes:
        return self.content

    @classmethod
    def _read(cls, number: int, body: bytes) -> "_Content":
        return cls(number, body)


class Hello(_Number, frozen=True):
    """Ask for the state, and to be told of its changes; ``value`` is the protocol of who asks."""

    letter = "H"
    size = 2
    value: int = PROTOCOL


class Write(Frame, frozen=True):
    """A part of a file. The ``first`` brings its path and mode (permission bits), the ``last`` puts it in its place."""

    letter = "W"
    content: bytes
    first: bool
    last: bool
    path: str = ""
    mode: int = 0o644

    def _payload(self) -> bytes:
        path = _bytes(self.path)
        place = _FILE.pack(self.mode, len(path)) + path if self.first else b""
        return bytes([self.first | self.last << 1]) + place + self.content

    @classmethod
    def _read(cls, number: int, body: bytes) -> "Write":
        if not body:
            raise ValueError("it has no flags")
        first, last = bool(body[0] & 1), bool(body[0] & 2)
        if not first:
            return cls(number, body[1:], first, last)
        mode, length = _FILE.unpack_from(body, 1)
        start = 1 + _FILE.size
        return cls(number, body[start + length :], first, last, _text(body[start : start + length]), mode)


class Remove(_Text, frozen=True):
    """Remove the file, link or folder at the path ``text``."""

    letter = "X"


class Move(_Pair, frozen=True):
    """Rename the path ``one`` to ``other``."""

    letter = "M"


class Symlink(_Pair, frozen=True):
    """Put a symbolic link to ``one`` at the path ``other``."""

    letter = "S"


class Run(Frame, frozen=True):
    """Run a command in a folder ("": the one of ``serve``), with an empty input."""

    letter = "C"
    folder: str
    arguments: tuple[str, ...]

    def _payload(self) -> bytes:
        return b"".join(_bytes(word) + b"\0" for word in (self.folder, *self.arguments))

    @classmethod
    def _read(cls, number: int, body: bytes) -> "Run":
        folder, *arguments, end = body.split(b"\0")
        if end:
            raise ValueError("its last argument has no end")
        return cls(number, _text(folder), tuple(map(_text, arguments)))


class Applied(_Text, frozen=True):
    """A batch is complete; process 1 keeps the label ``text`` ("": the files are the image's)."""

    letter = "A"


class Restart(Frame, frozen=True):
    """End the service's command and what it left behind, and start it anew; one that waits is started at once."""

    letter = "R"
    signal: int = 0
    grace: int = 5000

    def _payload(self) -> bytes:
        return _RESTART.pack(self.signal, self.grace)

    @classmethod
    def _read(cls, number: int, body: bytes) -> "Restart":
        return cls(number, *_RESTART.unpack(body))


class Ping(Frame, frozen=True):
    """Are you there?"""

    letter = "P"


class Listen(_Number, frozen=True):
    """Listen on the port ``value`` in the container and bring each connection here."""

    letter = "L"
    size = 2


class Open(_Number, frozen=True):
    """Open a connection, with this frame's id, to the port ``value`` in the container."""

    letter = "O"
    size = 2


class Ack(Frame, frozen=True):
    """The answer to what has no other: ``errno`` (0: done) and a sentence for people, mostly empty."""

    letter = "a"
    errno: int
    text: str = ""

    def _payload(self) -> bytes:
        return self.errno.to_bytes(4, "big") + _bytes(self.text)

    @classmethod
    def _read(cls, number: int, body: bytes) -> "Ack":
        if len(body) < 4:
            raise ValueError("it has no number")
        return cls(number, int.from_bytes(body[:4], "big"), _text(body[4:]))


class State(Frame, frozen=True):
    """What is in the container. Times in ms, memory in bytes.

    ``pid``: of the service's command, 0 when it does not run. ``starts``: how often it was started. ``exited``, ``signal``: how
    it ended the last time. ``again``: in how many ms it is started again, 0 when it is not waiting. ``age``: since when process 1
    lives, 0 when no helper is process 1 here. ``since``: when the command last started or ended. ``memory``: of the command, 0
    when it is unknown. ``label``: of the last batch, "" when the files are the image's. ``version``: of the program.
    """

    letter = "h"
    pid: int = 0
    starts: int = 0
    exited: int | None = None
    signal: int | None = None
    again: int = 0
    age: int = 0
    since: int = 0
    memory: int = 0
    label: str = ""
    version: str = ""
    protocol: int = PROTOCOL

    def _payload(self) -> bytes:
        label, version = _bytes(self.label), _bytes(self.version)
        times = (self.again, self.age, self.since, self.memory)
        sizes = (len(label), len(version))
        return _STATE.pack(self.protocol, self.pid, self.starts, *self._end(), *times, *sizes) + label + version

    def _end(self) -> tuple[int, int]:
        if self.signal is not None:
            return _BY_SIGNAL, self.signal
        return (_NEVER, 0) if self.exited is None else (_BY_ITSELF, self.exited)

    @classmethod
    def _read(cls, number: int, body: bytes) -> "State":
        protocol, pid, starts, how, status, again, age, since, memory, one, other = _STATE.unpack_from(body)
        texts = body[_STATE.size :]
        if len(texts) != one + other or how not in {_NEVER, _BY_ITSELF, _BY_SIGNAL}:
            raise ValueError("its texts are not as long as it says, or its command ended in no known way")
        exited, signal = (status if how == way else None for way in (_BY_ITSELF, _BY_SIGNAL))
        label, version = _text(texts[:one]), _text(texts[one:])
        return cls(number, pid, starts, exited, signal, again, age, since, memory, label, version, protocol)


class Output(_Content, frozen=True):
    """What a command wrote to its standard output."""

    letter = "o"


class Complaint(_Content, frozen=True):
    """What a command wrote to its standard error."""

    letter = "e"


class Exit(_Number, frozen=True):
    """The status of a command that ended; its output has all been sent."""

    letter = "x"


class Accepted(_Number, frozen=True):
    """A connection came to the listen with the id ``value``; it has this frame's id."""

    letter = "n"


class Data(_Content, frozen=True):
    """Bytes of a connection."""

    letter = "D"


class Credit(_Number, frozen=True):
    """The other side may send ``value`` bytes more."""

    letter = "K"


class End(Frame, frozen=True):
    """Nothing more comes on this connection from this side."""

    letter = "F"


class Reset(_Number, frozen=True):
    """It is over, because of the errno ``value`` (0: it was wished)."""

    letter = "Z"
    value: int = 0


_KINDS: Final[dict[int, type[Frame]]] = {
    ord(kind.letter): kind
    for kind in (
        *(Hello, Write, Remove, Move, Symlink, Run, Applied, Restart, Ping, Listen, Open),
        *(Ack, State, Output, Complaint, Exit, Accepted, Data, Credit, End, Reset),
    )
}


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(body: bytes) -> str:
    return body.decode("utf-8", "surrogateescape")


def encode(frame: Frame) -> bytes:
    """Return a frame as bytes. Its payload must not be longer than ``FRAME``: ``parts`` divides files."""
    body = frame._payload()
    return _HEAD.pack(len(body), ord(frame.letter), frame.id) + body


def parts(number: int, path: str, mode: int, content: bytes) -> Iterator[Write]:
    """Yield the frames that write one file, at least one."""
    for start in range(0, len(content) or 1, PART):
        part = content[start : start + PART]
        last = start + PART >= len(content)
        yield Write(number, part, True, last, path, mode) if start == 0 else Write(number, part, False, last)


class Decoder:
    """Turns what arrives, cut anywhere, into frames of either direction."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, received: bytes) -> list[Frame]:
        """Return the frames that are complete now. Raises OutsideError for what is none; nothing after it can be read."""
        stream = self._rest + received if self._rest else received
        frames: list[Frame] = []
        at = 0
        while len(stream) - at >= _HEAD.size:
            length, kind, number = _HEAD.unpack_from(stream, at)
            start = at + _HEAD.size
            if length > FRAME or kind not in _KINDS:
                raise _malformed(stream[at : at + 32], "no frame starts like this")
            if len(stream) - start < length:
                break
            frames.append(_frame(_KINDS[kind], number, stream[start : start + length]))
            at = start + length
        self._rest = stream[at:]
        return frames


def _frame(kind: type[Frame], number: int, body: bytes) -> Frame:
    try:
        return kind._read(number, body)
    except (ValueError, struct.error) as error:
        raise _malformed(body[:32], f"as {kind.__name__.lower()}: {error}") from None


def _malformed(start: bytes, why: str) -> OutsideError:
    return OutsideError(
        f"the helper in the container sent something that is no frame: {start!r} ({why})",
        hint="something else writes to its output; restart the service to have a new container",
    )
