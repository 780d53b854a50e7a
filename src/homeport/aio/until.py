"""Iterate until something else changes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from homeport.aio.latest import Latest

T = TypeVar("T")


async def until_news(items: AsyncIterator[T], latest: Latest[Any], turn: int) -> AsyncIterator[T]:
    """Yield items until ``latest`` was replaced more than ``turn`` times; an item that is there already is yielded first."""
    news = asyncio.ensure_future(latest.after(turn))
    item: asyncio.Future[T] | None = None
    try:
        while True:
            item = asyncio.ensure_future(anext(items))
            await asyncio.wait({item, news}, return_when=asyncio.FIRST_COMPLETED)
            if not item.done():
                return
            try:
                yield item.result()
            except StopAsyncIteration:
                return
    finally:
        pending = [future for future in (item, news) if future is not None and not future.done()]
        for future in pending:
            future.cancel()
        if pending:
            await asyncio.wait(pending)


async def until_quiet(items: AsyncIterator[T], seconds: float) -> AsyncIterator[T]:
    """Yield items until none came for so many seconds."""
    while True:
        try:
            async with asyncio.timeout(seconds):
                item = await anext(items)
        except (TimeoutError, StopAsyncIteration):
            return
        yield item
