"""A started program, as Homeport holds it."""

import asyncio
import signal as signals
from collections.abc import Callable

from homeport.adapters.process.outlet import Outlet
from homeport.adapters.process.survivor import Survivor
from homeport.kit.signals import signal_number
from homeport.model.errors import Bug
from homeport.ports.runtime import Exit, Launch


class Running:
    """Keeps the promises of ``ports.runtime.Process``.

    ``start`` tells the process from a later one with the same id. ``mark`` is in the environment of all that it starts.
    """

    def __init__(
        self, number: int, launch: Launch, mark: bytes, outlets: list[Outlet], end: Callable[["Running"], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.number = number
        self.launch = launch
        self.mark = mark
        self.pid = -1
        self.start = 0
        self.begun: asyncio.Future[None] = loop.create_future()
        self.exited: asyncio.Future[Exit] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.asked: int | None = None
        self.deadline = float("inf")
        self.survivor: Survivor | None = None
        self._outlets = outlets
        self._end = end
        self._loop = loop

    async def wait(self) -> Exit:
        """Wait until the program itself has ended and what it wrote until then has been delivered."""
        return await asyncio.shield(self.exited)

    async def end(self, signal: str, grace: float) -> Exit:
        """End it and everything it started; a second call may hurry the first."""
        try:
            number = signal_number(signal)
        except ValueError as error:
            raise Bug(f"{self.launch.label}: {error}") from None
        self.ask(number, grace)
        await asyncio.shield(self.gone)
        return self.exited.result()

    def ask(self, number: int, grace: float) -> None:
        """Have it ended, without waiting."""
        if not self.gone.done():
            self.asked = number
            self.deadline = min(self.deadline, self._loop.time() + max(grace, 0))
            self._end(self)

    def kill(self) -> None:
        """Have it killed at once, without waiting."""
        self.ask(signals.SIGKILL, 0)

    @property
    def grace(self) -> int:
        """Milliseconds until it is killed."""
        return max(0, round((self.deadline - self._loop.time()) * 1000))

    def has_exited(self, ending: Exit) -> None:
        """Take note that the program itself ended; what it wrote is delivered first."""
        if self.exited.done():
            return
        try:
            for outlet in self._outlets:
                outlet.drain()
        finally:
            self.exited.set_result(ending)

    def is_gone(self) -> None:
        """Take note that nothing is left of it: close what it wrote to and stop watching."""
        if self.survivor is not None:
            self.survivor.forget()
        try:
            self.has_exited(Exit())
            for outlet in self._outlets:
                outlet.close()
        finally:
            if not self.gone.done():
                self.gone.set_result(None)
