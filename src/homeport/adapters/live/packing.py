"""Files of this machine as an archive that is written while they are read."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from hashlib import blake2b
from typing import BinaryIO, Final

from homeport.adapters.live.archive import END, head, member, padding
from homeport.adapters.live.loading import loaded
from homeport.adapters.live.reading import ATTEMPTS, Content, open_parts, stamp
from homeport.aio.threads import in_thread
from homeport.kit.livefiles import Entry
from homeport.model.errors import OutsideError
from homeport.ports.live import Link, NotApplied, Operation, Put, Remove, Wrote

_CHUNK: Final = 1 << 20

Send = Callable[[bytes], Awaitable[None]]


class Packing:
    """One archive. ``done`` is what holds once it is unpacked; ``gone`` are files to be removed then."""

    def __init__(self) -> None:
        self.done: list[Wrote] = []
        self.gone: list[Remove] = []
        self.unread: NotApplied | None = None
        self.whole = False

    async def write(self, operations: Sequence[Operation], send: Send) -> None:
        """Write Puts and Links as one archive."""
        async for some in loaded(operations):
            ready = b""
            for operation, content in some:
                if isinstance(operation, Link):
                    content = Content(Entry(0o777, b"", operation.target), b"", 0)  # noqa: PLW2901
                if isinstance(content, OutsideError):
                    self.unread = NotApplied(content.what, path=operation.path, hint=content.hint)
                elif content is None:
                    self.gone.append(Remove(operation.path))
                elif content.entry is not None:
                    ready += member(operation.path, content.entry, content.content)
                    self.done.append(Wrote(operation.path, content.entry))
                elif isinstance(operation, Put):
                    await send(ready)
                    ready = b""
                    await self._large(operation, content.mode, send)
            await send(ready)
        await send(END)
        self.whole = True

    async def _large(self, put: Put, mode: int, send: Send) -> None:
        """Write a file in parts; one that changes under way follows once more."""
        assert isinstance(put.source, str)
        for _ in range(ATTEMPTS):
            file = await in_thread(partial(open_parts, put.source))
            if file is None:
                self.gone.append(Remove(put.path))
                return
            with file:
                before = stamp(file)
                digest = await _parts(file, before.size, partial(head, put.path, mode), send)
                if stamp(file) == before:
                    break
        self.done.append(Wrote(put.path, Entry(mode, digest)))


async def _parts(file: BinaryIO, size: int, begin: Callable[[int], bytes], send: Send) -> bytes:
    """Write exactly ``size`` bytes, as the archive has been told; return their digest."""
    await send(begin(size))
    hashed, left = blake2b(digest_size=16), size
    while left:
        chunk = await in_thread(partial(file.read, min(left, _CHUNK)))
        chunk = chunk or bytes(min(left, _CHUNK))  # it became shorter, and is sent anew
        hashed.update(chunk)
        await send(chunk)
        left -= len(chunk)
    await send(padding(size))
    return hashed.digest()
