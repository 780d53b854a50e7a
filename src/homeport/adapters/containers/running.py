"""A started container, as Homeport holds it."""

import asyncio
from collections.abc import Callable
from typing import Final

from homeport.adapters.containers.engine import Engine, Refused
from homeport.adapters.containers.http import Answer
from homeport.adapters.containers.streams import Splitter
from homeport.aio.companions import Companions
from homeport.kit.signals import signal_name, signal_number
from homeport.model.errors import Bug, OutsideError
from homeport.ports.containers import ContainerLaunch, Note
from homeport.ports.runtime import Exit, Output

LATE: Final = 10.0
"""Seconds after its deadline in which an engine must have ended and removed a container; then it is left to the guardian."""

AGAIN: Final = 0.25
"""Seconds between two tries to reach an engine that went away."""

LISTENING: Final = {"stream": 1, "stdout": 1, "stderr": 1}

_OUT_OF_MEMORY: Final = 137
_SIGNALLED: Final = 128


class Contained:
    """Keeps the promises of ``ports.runtime.Process`` for a container.

    ``gone`` is called once nothing is left of it, with whether we saw to that; otherwise the engine did not let us.
    """

    def __init__(
        self, engine: Engine, name: str, launch: ContainerLaunch, companions: Companions, note: Note,
        gone: Callable[["Contained", bool], None],
    ) -> None:  # fmt: skip
        self.name = name
        self.launch = launch
        self.pid = 0
        self._engine = engine
        self._companions = companions
        self._note = note
        self._when_gone = gone
        self._loop = asyncio.get_running_loop()
        self._exited: asyncio.Future[Exit] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._following: asyncio.Future[None] | None = None
        self._ending: asyncio.Future[None] | None = None
        self._signal = launch.stop
        self._deadline = float("inf")
        self._news = asyncio.Event()

    def follow(self, attached: Answer, output: Output) -> None:
        """Deliver what it writes from now on, and notice its end."""
        self._following = self._companions.begin(self._follow(attached, output))

    async def wait(self) -> Exit:
        """Wait until it has ended by itself or otherwise, and what it wrote until then has been delivered."""
        return await asyncio.shield(self._exited)

    async def end(self, signal: str, grace: float) -> Exit:
        """End and remove it; a second call may hurry the first."""
        self.ask(signal, grace)
        await asyncio.shield(self._gone)
        return self._exited.result()

    async def discard(self) -> None:
        """Leave nothing of a start that failed."""
        self._exited.set_result(Exit())
        await self.end("SIGKILL", 0)

    def ask(self, signal: str, grace: float) -> "asyncio.Future[None]":
        """Have it ended and removed, without waiting; return what is done when nothing is left."""
        try:
            self._signal = signal_name(signal_number(signal))
        except ValueError as error:
            raise Bug(f"{self.launch.label}: {error}") from None
        self._deadline = min(self._deadline, self._loop.time() + max(grace, 0))
        self._news.set()
        if self._ending is None:
            self._ending = self._companions.begin(self._end())
        return self._gone

    async def _follow(self, attached: Answer, output: Output) -> None:
        again: Answer | None = attached
        while True:
            if again is not None:
                await self._pump(again, output)
            try:
                ended = await self._ended()
            except OutsideError as error:
                self._note(f"{error.what}; the container is left as it is until the engine answers again")
                again = await self._attached_again()
                continue
            if not self._exited.done():
                self._exited.set_result(ended)
            self._news.set()
            return

    async def _pump(self, attached: Answer, output: Output) -> None:
        splitter = Splitter(output, tty=self.launch.tty)
        try:
            async for piece in attached.pieces():
                try:
                    splitter.feed(piece)
                except Exception as error:  # one listener's mistake must not cost the output behind it
                    message = "a listener of a container's output failed"
                    self._loop.call_exception_handler({"message": message, "exception": error})
        except OSError:
            return  # whether it ended, or the engine did, is asked next
        finally:
            attached.close()

    async def _ended(self) -> Exit:
        """Wait for its end and return it. Raises OutsideError when the engine goes away meanwhile."""
        try:
            told = await self._engine.ask("POST", f"/containers/{self.name}/wait", limit=None)
            code = int(told["StatusCode"])
            if code == _OUT_OF_MEMORY and await self._ran_out_of_memory():
                self._note("it was killed because it needed more memory than its limit")
        except Refused as refused:
            if self._ending is None:
                self._note(f"the container is gone, and not by us: {refused.said}")
            return Exit()
        except (ValueError, KeyError, TypeError) as error:
            raise self._engine.silent("it broke off in the middle of an answer") from error
        return exit_of(code)

    async def _ran_out_of_memory(self) -> bool:
        return bool((await self._engine.ask("GET", f"/containers/{self.name}/json"))["State"].get("OOMKilled"))

    async def _attached_again(self) -> Answer | None:
        """Wait until the engine answers again, and listen to the container anew; None when it has ended by then."""
        while True:
            await asyncio.sleep(AGAIN)
            try:
                return await self._engine.open("POST", f"/containers/{self.name}/attach", LISTENING)
            except OutsideError:
                continue
            except Refused:
                return None

    async def _end(self) -> None:
        removed = False
        try:
            await self._await_end()
            removed = await self._remove()
        finally:
            if self._following is not None and not self._exited.done():
                self._following.cancel()
                self._exited.set_result(Exit())
            self._when_gone(self, removed)
            self._gone.set_result(None)

    async def _await_end(self) -> None:
        """Ask it to end, and kill it when its time is over."""
        asked = ""
        while not self._exited.done():
            self._news.clear()
            left = self._deadline - self._loop.time()
            if left <= 0 and asked == "SIGKILL":
                left += LATE
                if left <= 0:
                    return
            signal = "SIGKILL" if self._deadline <= self._loop.time() else self._signal
            if signal != asked and await self._send(signal):
                asked = signal
            elif signal != asked:
                if left + LATE <= 0:
                    return
                left = AGAIN
            await self._pause(left)

    async def _pause(self, seconds: float) -> None:
        """Wait for its end, for a hurry, or so long."""
        try:
            async with asyncio.timeout(max(seconds, 0.001)):
                if not self._exited.done():
                    await self._news.wait()
        except TimeoutError:
            return

    async def _send(self, signal: str) -> bool:
        """Send a signal; whether the engine took it, or had no need to."""
        try:
            await self._engine.ask("POST", f"/containers/{self.name}/kill", {"signal": signal}, limit=LATE)
        except Refused:
            return True  # it has ended already, or somebody removed it: its end is told elsewhere
        except OutsideError:
            return False
        return True

    async def _remove(self) -> bool:
        """Remove it; whether nothing is left of it. It is tried once at least."""
        until = min(self._loop.time(), self._deadline) + LATE
        while True:
            try:
                await self._engine.ask("DELETE", f"/containers/{self.name}", {"force": 1, "v": 1}, limit=LATE)
            except Refused as refused:
                if refused.status == 404:
                    return True
                why = refused.said
            except OutsideError as error:
                why = error.what
            else:
                return True
            if self._loop.time() > until:
                break
            await asyncio.sleep(AGAIN)
        self._note(
            f'the container "{self.name}" could not be removed: {why}; the next `homeport up` or `down` tries again'
        )
        return False


def exit_of(code: int) -> Exit:
    """Return how a container ended, from the code that its engine tells: beyond 128 it is a signal's, as in a shell."""
    try:
        number = signal_number(str(code - _SIGNALLED)) if code > _SIGNALLED else 0
    except ValueError:
        number = 0
    return Exit(signal=signal_name(number)) if number else Exit(code=code)
