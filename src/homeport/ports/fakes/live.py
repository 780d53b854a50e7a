"""Containers without machines: their files are a dictionary, and tests say what else happens in them."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Final

from homeport.kit.livefiles import Entry, without
from homeport.model.errors import OutsideError
from homeport.ports.cluster import Stream, Target
from homeport.ports.live import (
    Applied,
    Batch,
    Done,
    Ended,
    Event,
    Heard,
    Hello,
    HelperMissing,
    Link,
    LinkBroken,
    LiveLink,
    Move,
    NotApplied,
    Operation,
    Put,
    Remove,
    Silent,
    Started,
    Wrote,
)

Program = Callable[["FakeContainer", Sequence[str], Callable[[Stream, bytes], None]], int | Awaitable[int]]
"""What a command does: gets the container, its words and where to write, and returns the status, at once or later."""


class FakeContainer:
    """One container: ``files`` by path, ``contents`` by digest. Its command runs from the beginning."""

    def __init__(self, *, helped: bool = True) -> None:
        self.helped = helped
        self.files: dict[str, Entry] = {}
        self.contents: dict[bytes, bytes] = {}
        self.refusing: dict[str, str] = {}
        """Paths that cannot be changed, and why."""
        self.batches: list[Batch] = []
        """What was to be applied, in order."""
        self.commands: list[tuple[str, ...]] = []
        self.programs: dict[str, Program] = {}
        """What commands do, by their first word; all others are missing."""
        self.listening: dict[int, int] = {}
        """Ports in the container that lead to ports of this machine."""
        self.state = Hello("", pid=100, starts=1, digest="fake") if helped else Hello(None)
        self.going = asyncio.Event()
        """While it is clear nothing is answered: as if the cluster had frozen."""
        self.going.set()
        self.links: list[FakeLink] = []

    def ends(self, code: int, again: float | None = 0.5) -> None:
        """Let the command end by itself."""
        self.state = Hello(self.state.label, 0, self.state.starts, code, self.state.digest)
        self.tell(Ended(code, again))

    def starts(self) -> int:
        """Start the command (again) and return its pid."""
        before = self.state
        starts = before.starts + 1
        self.state = Hello(before.label, 99 + starts, starts, before.last_exit, before.digest)
        self.tell(Started(self.state.pid, starts))
        return self.state.pid

    def freeze(self) -> None:
        """Answer nothing from now on."""
        self.going.clear()
        self.tell(Silent(9.0))

    def thaw(self) -> None:
        """Answer again, also what was asked meanwhile."""
        self.going.set()
        self.tell(Heard())

    def cut(self, why: str = "the container ended") -> None:
        """Break all links."""
        for link in list(self.links):
            link.end(why)

    def replace(self) -> None:
        """End the container and have a new one of the same image in its place."""
        self.cut()
        self.files.clear()
        self.state = Hello("", pid=100, starts=1, digest="fake") if self.helped else Hello(None)

    def tell(self, event: Event) -> None:
        """Tell an event to all links."""
        for link in self.links:
            link.tell(event)


class FakeLinks:
    """Opens links into the containers that a test put into ``containers``."""

    def __init__(self) -> None:
        self.containers: dict[Target, FakeContainer] = {}

    @asynccontextmanager
    async def open(self, target: Target, roots: Sequence[str]) -> AsyncIterator[LiveLink]:
        """Open a link for a block."""
        container = self.containers.get(target)
        if container is None:
            raise HelperMissing(f'the container in the pod "{target.pod}" has no helper', hint="start it anew")
        await container.going.wait()
        link = FakeLink(container, roots)
        container.links.append(link)
        try:
            yield link
        finally:
            link.end("the link was closed")


class FakeLink:
    """A link that does everything at once."""

    def __init__(self, container: FakeContainer, roots: Sequence[str]) -> None:
        self.helped = container.helped
        self._container = container
        self._roots = tuple(root.rstrip("/") + "/" for root in roots)
        self._queues: list[asyncio.Queue[Event | None]] = []
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def tell(self, event: Event) -> None:
        """Tell an event to who listens."""
        for queue in self._queues:
            queue.put_nowait(event)

    def end(self, why: str) -> None:
        """Break the link."""
        if not self._ended.done():
            self._ended.set_result(why)
            self._container.links.remove(self)
            for queue in self._queues:
                queue.put_nowait(None)

    async def hello(self) -> Hello:
        """Say how it is."""
        await self._answer()
        return self._container.state

    async def apply(self, batch: Batch) -> Applied:
        """Change the files."""
        await self._answer()
        self._container.batches.append(batch)
        done: list[Done] = []
        refused: tuple[str, str] | None = None
        for each in batch.operations:
            if why := self._refusal(each.path):
                refused = refused or (each.path, why)
            else:
                done.append(self._change(each))
        if refused:
            path, why = refused
            self._label(None if batch.label is not None else self._container.state.label)
            raise NotApplied(f'"{path}" in the container was not changed: {why}', path=path, done=done)
        if batch.label is not None and self.helped:
            self._label(batch.label)
        return Applied(tuple(done), batch.label if self.helped else None)

    async def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        output: Callable[[Stream, bytes], None] | None = None,
    ) -> int:
        """Do what the program of this name does."""
        await self._answer()
        self._container.commands.append(tuple(argv))
        program = self._container.programs.get(argv[0])
        if program is None:
            return 127
        code = program(self._container, argv, output or (lambda _name, _data: None))
        return code if isinstance(code, int) else await code

    async def restart(self, signal: int = 15, grace: float = 10.0) -> int:
        """Start the command anew."""
        await self._answer()
        self._needs_helper("started anew")
        return self._container.starts()

    async def ping(self) -> float:
        """Answer."""
        await self._answer()
        return 0.001

    @asynccontextmanager
    async def listen(self, port: int, local: int) -> AsyncIterator[None]:
        """Note the port for a block."""
        await self._answer()
        self._needs_helper("reached from")
        if port in self._container.listening:
            raise OutsideError(f"the port {port} cannot be opened in the container: the port is taken")
        self._container.listening[port] = local
        try:
            yield
        finally:
            del self._container.listening[port]

    def events(self) -> AsyncIterator[Event]:
        """Yield what a test lets happen."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._queues.append(queue)
        if self._ended.done():
            queue.put_nowait(None)
        return _drain(queue)

    async def ended(self) -> str:
        """Wait until a test breaks the link."""
        return await asyncio.shield(self._ended)

    async def _answer(self) -> None:
        """Let others run, as every real answer does; fail when the link is broken by then."""
        await asyncio.sleep(0)
        while not (self._container.going.is_set() or self._ended.done()):
            await self._container.going.wait()
        if self._ended.done():
            raise LinkBroken(self._ended.result())

    def _label(self, label: str | None) -> None:
        state = self._container.state
        self._container.state = Hello(label, state.pid, state.starts, state.last_exit, state.digest)

    def _needs_helper(self, what: str) -> None:
        if not self.helped:
            raise OutsideError(f"a container without the helper cannot be {what}", hint="start the service anew")

    def _refusal(self, path: str) -> str | None:
        if not path.startswith(self._roots):
            return "it lies outside of what may be synced"
        return self._container.refusing.get(path)

    def _change(self, operation: Operation) -> Done:
        files = self._container.files
        if isinstance(operation, Put):
            return self._put(operation)
        if isinstance(operation, Link):
            files[operation.path] = Entry(0o777, b"", operation.target)
            return Wrote(operation.path, files[operation.path])
        if isinstance(operation, Move):
            moved = {path: entry for path, entry in files.items() if path not in without(files, operation.path)}
            self._container.files = without(without(files, operation.path), operation.to)
            for path, entry in moved.items():
                self._container.files[operation.to + path[len(operation.path) :]] = entry
            return operation
        self._container.files = without(files, operation.path)
        return operation

    def _put(self, put: Put) -> Done:
        entry, content = (_given if isinstance(put.source, bytes) else _local)(put)
        if entry is None:
            self._container.files = without(self._container.files, put.path)
            return Remove(put.path)
        self._container.contents[entry.digest] = content
        self._container.files[put.path] = entry
        return Wrote(put.path, entry)


_MODE: Final = 0o644


def _given(put: Put) -> tuple[Entry | None, bytes]:
    assert isinstance(put.source, bytes)
    return Entry(_MODE if put.mode is None else put.mode, _digest(put.source)), put.source


def _local(put: Put) -> tuple[Entry | None, bytes]:
    assert isinstance(put.source, str)
    try:
        info = os.lstat(put.source)
        if stat.S_ISLNK(info.st_mode):
            return Entry(0o777, b"", os.readlink(put.source)), b""
        with open(put.source, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return None, b""
    mode = put.mode if put.mode is not None else 0o755 if info.st_mode & 0o100 else _MODE
    return Entry(mode, _digest(content)), content


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()


async def _drain(queue: asyncio.Queue[Event | None]) -> AsyncIterator[Event]:
    while (event := await queue.get()) is not None:
        yield event
