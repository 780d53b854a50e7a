"""What is no frame ends the stream, and nothing else."""

import random
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from far_side import Container

from homeport.wire import helper as wire

PING = wire.encode(wire.Ping(7))


def framed(letter: str, body: bytes, length: int | None = None) -> bytes:
    """Return a frame that says it is as long as it is, or not."""
    return struct.pack(">IBI", len(body) if length is None else length, ord(letter), 9) + body


MALFORMED = {
    "an unknown type": framed("?", b""),
    "type zero": framed("\0", b""),
    "an answer": framed("a", bytes(4)),
    "more than a frame holds": framed("W", b"", wire.FRAME + 1),
    "far more": framed("W", b"", 0xFFFFFFFF),
    "a short hello": framed("H", b"\0"),
    "a long hello": framed("H", b"\0\1\0"),
    "a ping with something": framed("P", b"x"),
    "a port of one byte": framed("L", b"\1"),
    "a port of three": framed("O", b"\1\1\1"),
    "credit of three bytes": framed("K", b"\0\0\1"),
    "a reset without a number": framed("Z", b""),
    "a restart without a grace": framed("R", b"\x0f"),
    "a label that is too long": framed("A", b"x" * (wire.LABEL + 1)),
    "a label with a NUL": framed("A", b"a\0b"),
    "a write without anything": framed("W", b""),
    "a first part without a path": framed("W", b"\1\0\0\0\0\0\0"),
    "a path that is not as long": framed("W", b"\1\0\0\1\xa4\0\x20/short"),
    "a removal of nothing": framed("X", b""),
    "a removal of two": framed("X", b"/a\0/b"),
    "a move to nowhere": framed("M", b"/a"),
    "a move of three": framed("M", b"/a\0/b\0/c"),
    "a link without a place": framed("S", b"target"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_frame_ends_the_stream_alone(container: Container, name: str) -> None:
    """What came before it is answered; ``serve`` ends with 125 and says why, and the command is what it was."""
    container.start("echo up; sleep 1000")
    assert container.line() == "up"
    stream = container.serve()
    before = stream.state()
    stream.raw(PING + MALFORMED[name] + PING)
    assert stream.rest() == [wire.Ack(7, 0)]
    assert stream.complaint().startswith("homeport-helper: ")
    assert stream.process.returncode == wire.MALFORMED
    after = container.serve().state()
    assert (after.pid, after.starts) == (before.pid, 1)


@pytest.mark.parametrize("seed", range(20))
def test_noise_does_no_harm(container: Container, seed: int) -> None:
    """Whatever comes, ``serve`` ends by itself, with 125 or at the end of its input, and changes nothing outside."""
    chance = random.Random(seed)
    letters = "HWXMSCARPLODKFZ"
    noise = b""
    for _ in range(300):
        letter = chance.choice(letters.replace("C", "").replace("L", ""))
        noise += struct.pack(">IBI", size := chance.randrange(12), ord(letter), chance.randrange(4)) + chance.randbytes(
            size
        )
    stream = container.serve(str(container.root / "inside"))
    with suppress(BrokenPipeError):
        stream.raw(noise)
    assert stream.end() in (0, wire.MALFORMED)
    assert {path.name for path in container.root.iterdir()} <= {"inside"}


def test_a_frame_may_come_in_pieces(container: Container) -> None:
    """Where a stream is cut says nothing: byte for byte is the same as all at once."""
    stream = container.serve()
    path = container.root / "file"
    for byte in b"".join(map(wire.encode, wire.parts(stream.number(), str(path), 0o644, b"content"))):
        stream.raw(bytes([byte]))
    assert stream.ack(1) == 0
    assert path.read_bytes() == b"content"


def test_words_about_what_is_gone_are_passed_over(container: Container) -> None:
    """Data, credit, an end or a reset for a connection that is none, and parts of a write that failed, need no answer."""
    stream = container.serve()
    late = (
        wire.Data(5, b"x"),
        wire.Credit(5, 1),
        wire.End(5),
        wire.Reset(5, 0),
        wire.Write(5, b"x", first=False, last=True),
    )
    stream.send(*late)
    assert stream.ask(wire.Ping) == 0
    assert stream.end() == 0
    assert stream.rest() == []


def test_an_end_of_the_input_is_the_end(container: Container) -> None:
    """Also in the middle of a frame."""
    stream = container.serve()
    stream.raw(wire.encode(wire.Hello(1))[:-1])
    assert stream.end() == 0
    assert list(Path(container.root).iterdir()) == []
