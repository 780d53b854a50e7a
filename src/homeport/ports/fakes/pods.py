"""What goes on inside the pods of a fake cluster: logs, commands, links."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from homeport.ports.callers import Caller
from homeport.ports.cluster import ClusterError, Finish, LogLine, Stream, Unreachable


class FakeRun:
    """What one run of a container wrote."""

    def __init__(self) -> None:
        self._lines: list[LogLine] = []
        self._over = False
        self._news = asyncio.Event()

    def write(self, text: bytes) -> None:
        """Write a line."""
        number = len(self._lines)
        self._lines.append(LogLine(f"2026-01-01T00:00:00.{number:09d}Z", text, str(number + 1)))
        self._wake()

    def end(self) -> None:
        """End the run."""
        self._over = True
        self._wake()

    async def follow(self, tail: int | None, after: str = "", *, wait: bool = True) -> AsyncIterator[LogLine]:
        """Yield the lines until the run has ended, or those that are there."""
        at = int(after or 0) if tail is None else max(0, len(self._lines) - tail)
        while True:
            for line in self._lines[at:]:
                at += 1
                yield line
            if (self._over or not wait) and at == len(self._lines):
                return
            if at == len(self._lines):
                await self._news.wait()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class FakeCommand:
    """A command as its program plays it. A program yields what it writes, reads ``received`` and sets ``code``."""

    def __init__(self, argv: Sequence[str], program: "Program | None", *, stdin: bool) -> None:
        self.argv = tuple(argv)
        self.code = 0
        self.size: tuple[int, int] | None = None
        """Columns and rows of its terminal, as last told."""
        self._program = program
        self._input: asyncio.Queue[bytes] = asyncio.Queue()
        self._asked = not stdin
        self._broken = self._over = False

    async def received(self) -> AsyncIterator[bytes]:
        """Yield the input until its end."""
        while chunk := await self._input.get():
            yield chunk

    def cut(self) -> None:
        """Take its input away, as a kubelet that stops: the command leaves politely, and nobody asked it to."""
        self._input.put_nowait(b"")

    async def output(self) -> AsyncIterator[tuple[Stream, bytes]]:
        """Yield what the program writes; fail as a cluster does for a program that the image does not have."""
        if self._program is None:
            what = f'run of "{self.argv[0]}" was refused: executable file not found in $PATH'
            raise ClusterError(what, reason="InternalError", code=500)
        async for piece in self._program(self):
            yield piece
        self._over = True

    async def send(self, data: bytes) -> None:
        """Write to its input."""
        self._still()
        if data:
            self._input.put_nowait(data)

    async def send_eof(self) -> None:
        """End its input."""
        self._still()
        self._asked = True
        self._input.put_nowait(b"")

    async def resize(self, columns: int, rows: int) -> None:
        """Remember the size."""
        self._still()
        self.size = (columns, rows)

    def finish(self) -> Finish:
        """Return how it ended."""
        if not self._over:
            raise Unreachable("the command has not ended")
        return Finish(self.code, self._asked)

    def _still(self) -> None:
        if self._over:
            raise Unreachable("the command has ended")


Serve = Callable[[bytes], bytes]

Program = Callable[[FakeCommand], AsyncIterator[tuple[Stream, bytes]]]


async def cat(command: FakeCommand) -> AsyncIterator[tuple[Stream, bytes]]:
    """Write what is read."""
    async for chunk in command.received():
        yield "out", chunk


class FakeTunnel:
    """A link into a pod. ``serves``: what answers at a port: each piece that is said with another one.

    ``replaced``: it is another pod than the one that was meant, which a connection that fails brings to light.
    """

    def __init__(
        self, pod: tuple[str, str], serves: Mapping[tuple[str, str, int], Serve], *, replaced: bool = False
    ) -> None:
        self.silent = False
        """Nothing comes back any more, as over a link that is half open."""
        self.callers: list[Caller] = []
        """Connections that are open."""
        self._pod = pod
        self._serves = serves
        self._replaced = replaced
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def carry(self, caller: Caller, remote: int) -> None:
        """Have the program that plays the pod answer."""
        if self._ended.done():
            raise Unreachable(self._ended.result())
        answer = self._serves.get((*self._pod, remote))
        if answer is None:
            caller.abort()
            if self._replaced:
                self.end(f'the pod "{self._pod[1]}" was replaced')
            return
        self.callers.append(caller)
        try:
            while said := await caller.read():
                if not self.silent:
                    caller.write(answer(said))
                    await caller.drain()
            caller.end()
        finally:
            self.callers.remove(caller)

    async def ping(self) -> None:
        """Answer, unless the link is silent or broken."""
        if self.silent:
            raise Unreachable(await self.ended())
        if self._ended.done():
            raise Unreachable(self._ended.result())

    async def ended(self) -> str:
        """Wait until the link was broken."""
        return await asyncio.shield(self._ended)

    def end(self, why: str) -> None:
        """Break the link."""
        if not self._ended.done():
            self._ended.set_result(why)
        for caller in self.callers:
            caller.abort()
