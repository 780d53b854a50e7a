"""Whatever comes first."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def first(*work: Coroutine[Any, Any, Any]) -> tuple[int, Any]:
    """Await several things until one is there; return its place and result, or raise its failure. The others are cancelled."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        place = next(at for at, task in enumerate(tasks) if task.done())
        return place, tasks[place].result()
    finally:
        left = [task for task in tasks if not task.done()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
