"""An event loop whose clock jumps to the next timer when nothing is runnable: for fakes, never for real processes."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Deadlock(RuntimeError):
    """Nothing is runnable and no timer is due: the program would wait for ever."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on an integer grid of microseconds, since a float timer due 1e-15 s from now would never come."""

    def __init__(self) -> None:
        super().__init__(selectors.SelectSelector())
        self._micros = 0
        selector = self._selector  # type: ignore[attr-defined]  # asyncio's own, absent from its stubs
        look = selector.select

        def select(timeout: float | None = None) -> Any:
            ready = look(0)
            if not ready and timeout is None:
                raise Deadlock(f"nothing will ever happen after t={self._micros / 1e6}")
            if not ready and timeout:
                self._micros += max(1, round(timeout * 1e6))
            return ready

        selector.select = select

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run a blocking call in this thread, in the loop's next turn: a thread's real time would be no time at all."""
        future: asyncio.Future[T] = self.create_future()

        def run() -> None:
            if future.cancelled():
                return
            try:
                future.set_result(func(*args))
            except Exception as error:
                future.set_exception(error)

        self.call_soon(run)
        return future

    def time(self) -> float:
        """Return virtual seconds."""
        return self._micros / 1e6


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
