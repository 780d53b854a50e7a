"""What waits to leave on one stream, with a bound."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from homeport.model.errors import OutsideError

_FULL: Final = 1 << 20
"""Bytes that wait before those who send much have to wait, too."""

Send = Callable[[bytes], Awaitable[None]]


class Outbox:
    """Frames that are put within one turn of the loop leave together."""

    def __init__(self) -> None:
        self._parts: list[bytes | memoryview] = []
        self._size = 0
        self._wake = asyncio.Event()
        self._free = asyncio.Event()
        self._free.set()
        self._waiting: dict[object, Callable[[], None]] = {}
        self._leaving: list[asyncio.Future[None]] = []
        self._over = False

    @property
    def full(self) -> bool:
        """Whether senders of much should wait."""
        return not self._free.is_set()

    def put(self, *parts: bytes | memoryview) -> None:
        """Let one whole frame leave; what it is made of must not change any more."""
        self._parts += parts
        self._grow(parts)

    def put_first(self, *parts: bytes | memoryview) -> None:
        """Let one whole frame leave before all that wait."""
        self._parts[:0] = parts
        self._grow(parts)

    async def space(self) -> None:
        """Wait while too much waits."""
        await self._free.wait()

    async def sent(self) -> None:
        """Wait until what was put before has been handed on: it arrives unless the way breaks."""
        if self._parts and not self._over:
            leaving: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._leaving.append(leaving)
            await leaving

    def when_free(self, who: object, call: Callable[[], None]) -> None:
        """Have ``call`` made once when there is room again; one call for each ``who``."""
        self._waiting[who] = call

    def forget(self, who: object) -> None:
        """Make no call for somebody who has left."""
        self._waiting.pop(who, None)

    def release(self) -> None:
        """Let nobody wait any more: nothing will leave."""
        self._over = True
        self._free.set()
        self._waiting.clear()
        _wake(self._leaving)

    async def pump(self, send: Send) -> str:
        """Send what is put, until that fails; return why."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            data = b"".join(self._parts)
            leaving, self._leaving = self._leaving, []
            self._parts, self._size = [], 0
            self._set_free()
            try:
                await send(data)
            except OutsideError as error:
                return error.what
            finally:
                _wake(leaving)

    def _grow(self, parts: tuple[bytes | memoryview, ...]) -> None:
        if self._over:
            self._parts.clear()
            return
        self._size += sum(map(len, parts))
        if self._size > _FULL:
            self._free.clear()
        self._wake.set()

    def _set_free(self) -> None:
        self._free.set()
        calls, self._waiting = self._waiting, {}
        for call in calls.values():
            call()


def _wake(futures: list["asyncio.Future[None]"]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
