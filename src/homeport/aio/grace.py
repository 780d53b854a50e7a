"""Endings that are carried through: a second cancel hurries them and never cuts them short."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def carried_through(
    ending: Coroutine[Any, Any, T], hurry: Callable[[], Coroutine[Any, Any, T]] | None = None
) -> T:
    """Await ``ending`` to its end although this task is cancelled; each cancel meanwhile starts ``hurry`` beside it.

    The result is the ending's. Both must end by themselves.
    """
    task = asyncio.ensure_future(ending)
    hurries: set[asyncio.Future[T]] = set()
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if hurry is not None and not task.done():
                hurries.add(asyncio.ensure_future(hurry()))
        except Exception:
            break
    if hurries:
        await asyncio.wait(hurries)
    return task.result()
