"""Work that goes on beside a block, and never longer."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, T]) -> AsyncIterator["asyncio.Future[T]"]:
    """Run ``work`` while the block runs; what is not done at the block's end is cancelled, and its end awaited.

    A failure of the work is raised at the end of a block that did not fail itself. The block sees it earlier by the future.
    """
    task = asyncio.ensure_future(work)
    try:
        yield task
    except BaseException:
        await _end(task)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody reports it: the block's own failure counts
        raise
    await _end(task)
    if not task.cancelled():
        task.result()


async def _end(task: "asyncio.Future[Any]") -> None:
    """Cancel and wait; a cancel of our own meanwhile is raised only when the work has ended."""
    cancelled: asyncio.CancelledError | None = None
    task.cancel()
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as cancel:
            cancelled = cancel
            task.cancel()
    if cancelled is not None:
        raise cancelled
