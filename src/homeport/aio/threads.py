"""Blocking calls in a thread, which are never left behind running."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(call: Callable[[], T], hurry: Callable[[], None] | None = None) -> T:
    """Run a blocking call in a thread; when cancelled meanwhile, wait for its end first, since it still uses things.

    ``hurry`` is called at each cancel, for a call that can be told to end soon.
    """
    running = asyncio.get_running_loop().run_in_executor(None, call)
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError as cancel:
            cancelled = cancel
            if hurry is not None and not running.done():
                hurry()
        except Exception:
            break
    if cancelled is not None:
        running.exception()  # looked at, so that nobody reports it: who cancelled does not want to know
        raise cancelled
    return running.result()
