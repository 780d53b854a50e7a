"""Time limits that are fair when Homeport itself was held up: stopped, on a machine that slept, or short of processor time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from homeport.model.instants import SECOND, Instant
from homeport.ports.clock import Clock

T = TypeVar("T")

LATE: Instant = SECOND // 10
"""An alarm that rings so much too late tells that we were held up: what it says about others proves nothing."""
MOMENT = 0.5
"""Seconds in which what happened while we were held up comes in."""


def was_held_up(began: Instant, limit: float, clock: Clock) -> bool:
    """Whether something that may take ``limit`` seconds took longer than an alarm in time would have allowed."""
    return clock.now() - began > round(limit * SECOND) + LATE


async def within(limit: float | None, wait: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Return what ``wait`` brings within so many seconds. Raises TimeoutError, but not for what came while we were held up."""
    began = clock.now()
    try:
        async with asyncio.timeout(limit):
            return await wait()
    except TimeoutError:
        if limit is None or not was_held_up(began, limit, clock):
            raise
    async with asyncio.timeout(MOMENT):
        return await wait()
