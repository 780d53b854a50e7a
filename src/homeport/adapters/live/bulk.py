"""The second stream of a link, opened when it is first needed."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from homeport.adapters.live.stream import Stream
from homeport.model.errors import OutsideError

Opened = asyncio.Future[Stream | OutsideError]


class Bulk:
    """Opens a stream for who asks first; all others share it. Once it was open, its end is the end of the link."""

    def __init__(self, opening: Callable[[], AbstractAsyncContextManager[Stream]]) -> None:
        self._opening = opening
        self._wanted = asyncio.Event()
        self._opened: Opened = asyncio.get_running_loop().create_future()
        self._broke: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def stream(self) -> Stream:
        """Return the stream. Raises what hindered its opening: the next one to ask makes another attempt."""
        self._wanted.set()
        opened = await asyncio.shield(self._opened)
        if isinstance(opened, OutsideError):
            raise opened
        return opened

    async def broke(self) -> str:
        """Wait until a stream that was open has ended, and return why."""
        return await asyncio.shield(self._broke)

    def end(self, error: OutsideError) -> None:
        """Open nothing any more, since the link has ended: who waits or asks later hears this error."""
        if not self._opened.done():
            self._opened.set_result(error)

    async def live(self) -> None:
        """Open the stream when it is wanted, and keep it until it ends."""
        while not self._broke.done():
            await self._wanted.wait()
            self._wanted.clear()
            if self._opened.done():
                return
            why = await self._keep(self._opened)
            if why is not None:
                self._broke.set_result(why)

    async def _keep(self, opened: Opened) -> str | None:
        """Keep a stream open; return why it ended, or None when it could not be opened."""
        stream: Stream | None = None
        try:
            async with self._opening() as stream:
                if not opened.done():
                    opened.set_result(stream)
                return await stream.ended()
        except OutsideError as error:
            if stream is not None:
                return error.what
            self._opened = asyncio.get_running_loop().create_future()
            if not opened.done():
                opened.set_result(error)
            return None
