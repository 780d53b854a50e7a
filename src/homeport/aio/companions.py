"""Tasks that go on beside an object for as long as it is open."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Companions:
    """Begins tasks, and ends those that still go on when it is closed. A failure goes to the loop's exception handler."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Future[Any]] = set()

    def begin(self, work: Coroutine[Any, Any, T]) -> "asyncio.Future[T]":
        """Let this go on from now."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """Cancel what goes on, and wait for its end."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _ended(self, task: "asyncio.Future[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            message = "work beside failed"
            task.get_loop().call_exception_handler({"message": message, "exception": error})
