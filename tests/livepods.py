"""Containers without a cluster: the helper as processes of this machine, which take the place of a pod."""

import asyncio
import importlib.util
import json
import os
import secrets
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType
from typing import Any, NoReturn

from homeport.aio.beside import beside
from homeport.model.helper import PROGRAM
from homeport.ports.cluster import ClusterError, Finish, Stream, Target, Unreachable

SOURCES = Path(__file__).parent.parent / "helper"


@lru_cache
def built() -> Path | None:
    """Return the helper of these sources as it was built, else made by the compiler of this machine; None: there is none."""
    spec = importlib.util.spec_from_file_location("build_helper", SOURCES / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    digests, program = (
        build.BIN / "digests.json",
        build.BIN / f"homeport-helper-{build.MACHINES[os.uname().machine.lower()]}",
    )
    if digests.exists() and program.exists() and json.loads(digests.read_text())["sources"] == build.sources_digest():
        return program
    try:
        return build.build_native(Path(mkdtemp(prefix="homeport-test-")) / "helper", sanitize=False)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None


def helper_program(absent: Callable[[str], NoReturn]) -> Path:
    """Return the helper, or skip."""
    if os.name != "posix" or os.uname().sysname != "Linux":
        absent("the helper runs on Linux")
    return built() or absent("no C compiler made the helper")


class PipedCommand:
    """A command of a pod that is a process here."""

    def __init__(self, process: asyncio.subprocess.Process, passing: "Passing") -> None:
        self.process = process
        self._passing = passing
        self._asked = False
        self._finish: Finish | None = None

    async def output(self) -> AsyncIterator[tuple[Stream, bytes]]:
        queue: asyncio.Queue[tuple[Stream, bytes]] = asyncio.Queue(4)

        async def read(name: Stream, reader: asyncio.StreamReader | None) -> None:
            assert reader is not None
            while data := await reader.read(1 << 17):
                await queue.put((name, data))
            await queue.put((name, b""))

        async with beside(read("out", self.process.stdout)), beside(read("err", self.process.stderr)):
            ends = 0
            while ends < 2:
                name, data = await queue.get()
                if data:
                    yield name, data
                else:
                    ends += 1
        code = await self.process.wait()
        self._finish = Finish(code if code >= 0 else 128 - code, self._asked)

    async def send(self, data: bytes) -> None:
        assert self.process.stdin is not None
        await self._passing(self, data)
        try:
            self.process.stdin.write(data)
            await self.process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise Unreachable("the connection has ended") from error

    async def send_eof(self) -> None:
        assert self.process.stdin is not None
        self._asked = True
        self.process.stdin.close()

    async def resize(self, columns: int, rows: int) -> None:
        raise NotImplementedError

    def finish(self) -> Finish:
        if self._finish is None:
            raise Unreachable("the command has not ended")
        return self._finish


Passing = Callable[[PipedCommand, bytes], Awaitable[None]]


class AbsentCommand:
    """A program that is not there, which the cluster tells only when its output is read."""

    def __init__(self, what: str) -> None:
        self._what = what

    async def output(self) -> AsyncIterator[tuple[Stream, bytes]]:
        raise ClusterError(self._what, reason="InternalError", code=500)
        yield "out", b""

    async def send(self, data: bytes) -> None:
        raise Unreachable(self._what)


class LocalPod:
    """A container that is nothing but processes: the first one runs the helper, others come by ``exec``."""

    def __init__(self, program: Path) -> None:
        self.program = program
        self.commands: list[PipedCommand] = []
        self._environ = {**os.environ, "HOMEPORT_HELPER_NAME": secrets.token_hex(8)}

    async def passing(self, command: PipedCommand, data: bytes) -> None:
        """Be on the way of what goes in: a test may do something there."""

    @asynccontextmanager
    async def running(self, *argv: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Have a first process that runs a command, for a block."""
        words = ["run", "--", "sh", "-c", 'echo up; exec "$@"', "sh", *argv]
        first = await asyncio.create_subprocess_exec(
            self.program, *words, env=self._environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        assert first.stdout is not None
        try:
            await first.stdout.readline()  # it can be reached since before it began the command
            yield first
        finally:
            if first.returncode is None:
                first.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(5):
                    await first.wait()
            except TimeoutError:
                first.kill()
                await first.wait()
            first._transport.close()  # type: ignore[attr-defined]  # its pipe may outlive it

    @asynccontextmanager
    async def exec(
        self, target: Target, argv: Sequence[str], *, stdin: bool = False, tty: bool = False
    ) -> AsyncIterator[Any]:
        """Run a command."""
        words = [str(self.program) if word == PROGRAM else word for word in argv]
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                env=self._environ,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError as error:
            yield AbsentCommand(f'run of "{argv[0]}" failed: {error.strerror}'.lower())
            return
        command = PipedCommand(process, self.passing)
        self.commands.append(command)
        try:
            yield command
        finally:
            if process.stdin is not None:
                process.stdin.close()
            if process.returncode is None:
                process.kill()
            await process.wait()
            process._transport.close()  # type: ignore[attr-defined]  # its pipes may outlive it
