"""A piece of work for each of some names, which come and go."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Never, TypeVar

from homeport.aio.latest import Latest

T = TypeVar("T")


async def for_each(
    latest: Latest[T], names: Callable[[T], Collection[str]], work: Callable[[str], Coroutine[Any, Any, None]]
) -> Never:
    """Have work going on for each name from the moment it is named until the work ends by itself; until cancelled.

    A name whose work has ended and that is still named, or again, gets new work. A failure of any work is raised, and as at a
    cancel all other work is cancelled first and its end awaited.
    """
    going: dict[str, asyncio.Future[None]] = {}
    news: asyncio.Future[Any] | None = None
    try:
        while True:
            turn = latest.turn
            for name in names(latest.value):
                if name not in going:
                    going[name] = asyncio.ensure_future(work(name))
            news = asyncio.ensure_future(latest.after(turn))
            await asyncio.wait({news, *going.values()}, return_when=asyncio.FIRST_COMPLETED)
            await _end([news])
            for name in [name for name, task in going.items() if task.done()]:
                going.pop(name).result()
    finally:
        await _end([*going.values(), *([news] if news is not None else [])])


async def _end(tasks: "list[asyncio.Future[Any]]") -> None:
    """Cancel tasks and wait for their end; a cancel of our own meanwhile is raised only then."""
    cancelled: asyncio.CancelledError | None = None
    left = {task for task in tasks if not task.done()}
    for task in left:
        task.cancel()
    while left:
        try:
            _done, left = await asyncio.wait(left)
        except asyncio.CancelledError as cancel:
            cancelled = cancel
            left = {task for task in left if not task.done()}
            for task in left:
                task.cancel()
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody reports it: the first failure counts
    if cancelled is not None:
        raise cancelled
