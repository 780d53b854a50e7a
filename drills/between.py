"""A go-between: connections to some address go through it, and it can freeze, cut and mend them without harm to others."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from homeport.aio.together import together

T = TypeVar("T")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Address = tuple[str, int] | Path
"""Host and port, or the path of a socket."""

PIECE = 1 << 16


@dataclass(eq=False)
class Passing:
    """One connection that goes through: the side of who called, and what it said last."""

    caller: asyncio.StreamWriter
    beyond: asyncio.StreamWriter
    last: bytes = b""


class Between:
    """Stands in front of ``target`` at ``own``. All methods may be called from the drill's thread."""

    def __init__(self, target: Address, own: Address, secure: ssl.SSLContext | None = None) -> None:
        """``secure``: speak plainly to callers and by TLS to the target, so that what is said can be read and changed."""
        self._target = target
        self._own = own
        self._secure = secure
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._open: set[Passing] = set()
        self.heard: list[bytes] = []
        """The first lines of requests, of a go-between that reads them."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        assert not isinstance(self._own, Path)
        return self._own[1]

    def freeze(self) -> None:
        """Become a black hole: everything stays open, new connections are taken, and no byte goes through."""
        self._now(self._flowing.clear)

    def thaw(self) -> None:
        """Let everything go on, what was held back first."""
        self._now(self._flowing.set)

    def cut(self) -> None:
        """Reset every connection, and refuse new ones."""
        self._wait(self._cut())

    def mend(self) -> None:
        """Take connections again."""
        self._wait(self._listen())

    def tell_watches(self, event: bytes) -> int:
        """Say an event in every watch and end it, as a cluster does; return how many those were."""
        return self._wait(self._tell_watches(event))

    async def _listen(self) -> None:
        if isinstance(self._own, Path):
            self._own.unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._pass, self._own)
        else:
            self._server = await asyncio.start_server(self._pass, *self._own)
            self._own = self._server.sockets[0].getsockname()[:2]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        if isinstance(self._own, Path):
            self._own.unlink(missing_ok=True)
        for each in tuple(self._open):
            each.caller.transport.abort()
            each.beyond.transport.abort()

    async def _tell_watches(self, event: bytes) -> int:
        watches = [each for each in self._open if b"watch=true" in each.last]
        for each in watches:
            line = event + b"\n"
            each.caller.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(line), line))
            each.caller.close()
            each.beyond.transport.abort()
        return len(watches)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, beyond = await self._dial()
        except OSError:
            writer.transport.abort()
            return
        passing = Passing(writer, beyond)
        self._open.add(passing)
        try:
            await together(self._pump(reader, beyond, passing), self._pump(there, writer, None))
        finally:
            self._open.discard(passing)
            writer.close()
            beyond.close()

    async def _dial(self) -> Streams:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(*self._target, ssl=self._secure)

    async def _pump(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, passing: Passing | None) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(PIECE):
                await self._flowing.wait()
                if passing is not None and self._secure is not None and data[:4] in _METHODS:
                    passing.last = data.partition(b"\r\n")[0]
                    self.heard.append(passing.last)
                to.write(data)
                await to.drain()
        with contextlib.suppress(OSError, RuntimeError):
            if to.can_write_eof():
                to.write_eof()
            else:
                to.close()

    def _now(self, act: Callable[[], object]) -> None:
        async def do() -> None:
            act()

        self._wait(do())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        done: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(10)

    def begin(self) -> None:
        """Start to listen."""
        self._thread.start()
        self._wait(self._listen())

    def end(self) -> None:
        """Cut everything and leave."""
        self._wait(self._cut())
        self._now(self._flowing.set)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


_METHODS = frozenset({b"GET ", b"PATC", b"POST", b"PUT ", b"DELE"})


@contextmanager
def between(
    target: Address, own: Address = ("127.0.0.1", 0), secure: ssl.SSLContext | None = None
) -> Iterator[Between]:
    """Stand in front of an address for a block."""
    made = Between(target, own, secure)
    made.begin()
    try:
        yield made
    finally:
        made.end()
