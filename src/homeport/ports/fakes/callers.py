"""A caller without a socket: tests say what it says, and see what it heard."""

import asyncio


class FakeCaller:
    """Remembers what came: ``heard``, whether that ``ended`` in order, and whether it was ``aborted``."""

    def __init__(self, *said: bytes, ends: bool = True) -> None:
        """Say these pieces, and then, unless it goes on, that nothing more comes."""
        self.heard = b""
        self.ended = self.aborted = False
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._said: asyncio.Queue[bytes] = asyncio.Queue()
        for piece in (*said, b"") if ends else said:
            self._said.put_nowait(piece)

    def say(self, piece: bytes) -> None:
        """Say something more; nothing for the end."""
        self._said.put_nowait(piece)

    def leave(self) -> None:
        """Leave altogether."""
        if not self.gone.done():
            self.gone.set_result(None)
        self._said.put_nowait(b"")

    async def read(self) -> bytes:
        """Return the next piece."""
        piece = await self._said.get()
        if self.gone.done():
            raise ConnectionResetError
        return piece

    def write(self, data: bytes) -> None:
        """Hear."""
        if not self.gone.done():
            self.heard += data

    async def drain(self) -> None:
        """Everything is heard at once."""
        if self.gone.done():
            raise ConnectionResetError

    def end(self) -> None:
        """Hear the end."""
        self.ended = True

    async def flushed(self) -> None:
        """Everything is heard at once."""
        await self.drain()

    def abort(self) -> None:
        """Be sent away."""
        if not self.gone.done():
            self.aborted = True
            self.leave()
