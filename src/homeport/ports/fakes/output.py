"""An output with a memory that can be waited on: for facts, never for time."""

import asyncio

from homeport.ports.runtime import Stream


class Ear:
    """An output that remembers, and can be waited on."""

    def __init__(self) -> None:
        self.heard: list[tuple[Stream, bytes]] = []
        self._news = asyncio.Event()

    def __call__(self, stream: Stream, data: bytes) -> None:
        """Take a chunk."""
        self.heard.append((stream, data))
        self._news.set()

    def all(self, stream: Stream = "out") -> bytes:
        """Return everything heard on a stream."""
        return b"".join(data for which, data in self.heard if which == stream)

    async def until(self, text: bytes, stream: Stream = "out") -> bytes:
        """Wait until a stream holds the text; return what it holds."""
        while text not in self.all(stream):
            self._news.clear()
            await self._news.wait()
        return self.all(stream)
