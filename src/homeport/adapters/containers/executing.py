"""A command in a running container."""

import asyncio
import os
from pathlib import Path
from typing import Final

from homeport.adapters.containers.engine import Engine, Refused
from homeport.adapters.containers.http import Answer
from homeport.adapters.containers.running import exit_of
from homeport.adapters.containers.streams import Splitter
from homeport.aio.companions import Companions
from homeport.kit.signals import signal_number
from homeport.model.errors import OutsideError
from homeport.ports.runtime import Exit, Output

LOOK: Final = 0.01
"""Seconds between two looks at whether it has ended, once it said its last."""

LATE: Final = 2.0
"""Seconds in which a killed command must be known to have ended; then it is let go."""


class Executed:
    """Keeps the promises of ``ports.runtime.Process`` for a command in a container, as far as an engine lets us.

    It has no way to end one: where this machine sees the command's process and may signal it, that is done; otherwise it is
    let go, and ends with its container at the latest.
    """

    def __init__(
        self, engine: Engine, id_: str, container: str, stream: Answer, output: Output, *, local: bool
    ) -> None:
        self._engine = engine
        self._id = id_
        self._container = container
        self._stream = stream
        self._splitter = Splitter(output, tty=False)
        self._local = local
        self._exited: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self.pid = 0

    def follow(self, companions: Companions) -> None:
        """Deliver what it writes from now on, and notice its end."""
        companions.begin(self._follow())

    async def wait(self) -> Exit:
        """Wait until it has ended, and what it wrote has been delivered."""
        return await asyncio.shield(self._exited)

    async def end(self, signal: str, grace: float) -> Exit:
        """End it where that can be done, else let go of it."""
        for name, seconds in ((signal, grace), ("SIGKILL", LATE)):
            if self._exited.done() or not await self._send(signal_number(name)):
                break
            await asyncio.wait([self._exited], timeout=seconds)
        if not self._exited.done():
            self._exited.set_result(Exit())
            self._stream.close()
        return self._exited.result()

    async def _follow(self) -> None:
        try:
            async for piece in self._stream.pieces():
                self._splitter.feed(piece)
            ended = await self._ended()
        except (OSError, OutsideError, Refused):
            ended = Exit()
        finally:
            self._stream.close()
        if not self._exited.done():
            self._exited.set_result(ended)

    async def _ended(self) -> Exit:
        """Return how it ended; an engine may close its streams a moment before it knows."""
        deadline = asyncio.get_running_loop().time() + LATE
        while True:
            told = await self._engine.ask("GET", f"/exec/{self._id}/json")
            if not told["Running"] and told["ExitCode"] is not None:
                return exit_of(int(told["ExitCode"]))
            if asyncio.get_running_loop().time() > deadline:
                return Exit()  # it closed what it wrote to, and goes on
            await asyncio.sleep(LOOK)

    async def _send(self, number: int) -> bool:
        """Signal its process; whether that could be done."""
        try:
            told = await self._engine.ask("GET", f"/exec/{self._id}/json")
            pid = int(told["Pid"])
            if not self._local or pid <= 0 or not _is_inside(pid, str(told["ContainerID"])):
                return False
            os.kill(pid, number)
        except (OutsideError, Refused, OSError, KeyError):
            return False
        return True


def _is_inside(pid: int, container: str) -> bool:
    """Whether this machine sees the process as one of this container: a number alone may mean another one."""
    try:
        return container in Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
