"""The operations of a batch one after the other, with the files of this machine that they need."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Final

from homeport.adapters.live.reading import Content, digest, read
from homeport.aio.threads import in_thread
from homeport.kit.livefiles import Entry
from homeport.model.errors import OutsideError
from homeport.ports.live import Operation, Put

LARGE: Final = 256 << 10
"""Bytes of a file above which it is read and sent in parts."""

_TURN: Final = 1 << 20
"""Bytes that are read ahead at most: what waits to be sent is held in memory."""

_FILES: Final = 64

Loaded = tuple[Operation, Content | OutsideError | None]
"""An operation; for a Put what is to be written, None when its file is gone, or why it cannot be read."""


async def loaded(operations: Sequence[Operation]) -> AsyncGenerator[list[Loaded], None]:
    """Yield all operations in their order, some at a time; files are read shortly before.

    What is in memory goes out without a turn of the loop in between: a save that all pods get leaves for all at once.
    """
    at = 0
    while at < len(operations):
        next_ones = operations[at : at + _FILES]
        read = partial(_some, next_ones)
        some = await in_thread(read) if any(map(_is_read, next_ones)) else read()
        at += len(some)
        yield some


def small(some: Sequence[Loaded]) -> bool:
    """Whether operations hold so little that nobody would have to wait behind them."""
    contents = [content for _, content in some if isinstance(content, Content)]
    return all(each.entry for each in contents) and sum(len(each.content) for each in contents) <= LARGE


def _is_read(operation: Operation) -> bool:
    return isinstance(operation, Put) and isinstance(operation.source, str)


def _some(operations: Sequence[Operation]) -> list[Loaded]:
    found: list[Loaded] = []
    size = 0
    for each in operations:
        content = _content(each) if isinstance(each, Put) else None
        found.append((each, content))
        size += len(content.content) if isinstance(content, Content) else 0
        if size >= _TURN:
            break
    return found


def _content(put: Put) -> Content | OutsideError | None:
    if isinstance(put.source, bytes):
        mode = 0o644 if put.mode is None else put.mode
        return Content(Entry(mode, put.digest or digest(put.source)), put.source, mode)
    try:
        content = read(put.source, LARGE)
    except OutsideError as error:
        return error
    if content is None or put.mode is None or (content.entry and content.entry.link is not None):
        return content
    entry = content.entry and content.entry._replace(mode=put.mode)
    return Content(entry, content.content, put.mode)
