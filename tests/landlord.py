"""A fake house behind a real socket, in a thread of its own, for tests that come in as clients do."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from homeport.model.view import NodeView
from homeport.ports.fakes.house import FakeHouse
from homeport.server.serve import SILENCE, STALL, serve

T = TypeVar("T")


class Landlord:
    """Reaches a house that is served in another thread."""

    def __init__(self, house: FakeHouse, path: str) -> None:
        self.house = house
        self.path = path
        self._opened = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    async def serve(self, stall: float, silence: float) -> None:
        """Serve until ``end``."""
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with serve(self.path, self.house, stall=stall, silence=silence):
            self._opened.set()
            await self._end.wait()

    def wait(self) -> None:
        """Wait until the socket is there."""
        self._opened.wait()

    def do(self, work: Callable[[FakeHouse], T]) -> T:
        """Do something in the house's own thread and return what comes of it."""

        async def done() -> T:
            return work(self.house)

        return self.run(done())

    def run(self, work: Awaitable[T]) -> T:
        """Run a coroutine in the house's own loop."""
        assert self._loop is not None

        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result()

    def end(self) -> None:
        """Close the socket."""
        if self._loop is not None and self._end is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end.set)


@contextmanager
def served(path: str, *nodes: NodeView, stall: float = STALL, silence: float = SILENCE) -> Iterator[Landlord]:
    """Serve a fake house on ``path`` in a thread of its own while the block runs."""
    found: list[Landlord] = []
    ready = threading.Event()

    async def live() -> None:
        landlord = Landlord(FakeHouse(*nodes), path)
        found.append(landlord)
        ready.set()
        await landlord.serve(stall, silence)

    thread = threading.Thread(target=asyncio.run, args=(live(),), name="fake house")
    thread.start()
    try:
        ready.wait()
        found[0].wait()
        yield found[0]
    finally:
        found[0].end()
        thread.join()
