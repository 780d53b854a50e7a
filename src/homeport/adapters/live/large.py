"""A file that is read and sent in parts: one that changes under way is given up before it takes its place there."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from hashlib import blake2b
from typing import BinaryIO, Final

from homeport.adapters.live.reading import ATTEMPTS, open_parts, stamp
from homeport.adapters.live.stream import Answer, Stream
from homeport.aio.threads import in_thread
from homeport.kit.livefiles import Entry
from homeport.ports.live import Done, Operation, Put, Remove, Wrote
from homeport.wire import helper as wire

_CHUNK: Final = wire.PART * 8
"""Bytes that are read at once."""

Step = Callable[[int], Awaitable[None]]
"""Waits until so many bytes may be put; raises LinkBroken."""

Asked = tuple[Operation, Done, Answer]
"""A change that is under way, and what will be true when it is done."""


async def send_large(stream: Stream, put: Put, mode: int, step: Step) -> Asked:
    """Send a file of this machine, anew when it changed meanwhile; one that is gone is removed. Raises LinkBroken."""
    assert isinstance(put.source, str)
    for attempt in range(ATTEMPTS):
        file = await in_thread(partial(open_parts, put.source))
        if file is None:
            break
        with file:
            asked = await _attempt(stream, put, mode, file, step, anyway=attempt == ATTEMPTS - 1)
        if asked is not None:
            return asked
    number = stream.number()
    answer = stream.expect(number)
    stream.put(wire.Remove(number, put.path))
    return put, Remove(put.path), answer


async def _attempt(stream: Stream, put: Put, mode: int, file: BinaryIO, step: Step, *, anyway: bool) -> Asked | None:
    """Send all of the file; None when it changed under way, unless it is to be sent ``anyway``."""
    number = stream.number()
    answer = stream.expect(number)
    before, hashed = stamp(file), blake2b(digest_size=16)
    sent = False
    try:
        chunk, first = await in_thread(partial(_next, file, hashed)), True
        while not answer.done():  # it is done early when it was refused, such as for want of space
            following = await in_thread(partial(_next, file, hashed))
            if not following and not anyway and stamp(file) != before:
                return None
            for frame in _frames(number, put.path, mode, chunk, first=first, last=not following):
                await step(len(frame.content))
                stream.put(frame)
            if not following:
                break
            chunk, first = following, False
        sent = True
        return put, Wrote(put.path, Entry(mode, hashed.digest())), answer
    finally:
        if not sent:
            answer.cancel()
            stream.put(wire.Reset(number))


def _frames(number: int, path: str, mode: int, chunk: bytes, *, first: bool, last: bool) -> Iterator[wire.Write]:
    for start in range(0, len(chunk) or 1, wire.PART):
        begins, ends = first and start == 0, last and start + wire.PART >= len(chunk)
        yield wire.Write(number, chunk[start : start + wire.PART], begins, ends, path if begins else "", mode)


def _next(file: BinaryIO, hashed: blake2b) -> bytes:
    chunk = file.read(_CHUNK)
    hashed.update(chunk)
    return chunk
