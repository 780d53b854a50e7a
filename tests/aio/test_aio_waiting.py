"""Values to wait for, and endings that are carried through."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from homeport.aio.grace import carried_through
from homeport.aio.latest import Latest
from homeport.aio.until import until_news, until_quiet
from homeport.aio.virtual import Deadlock, run_virtually


async def ticks(pause: float) -> AsyncIterator[int]:
    """Count, one number each pause."""
    count = 0
    while True:
        await asyncio.sleep(pause)
        count += 1
        yield count


def test_many_changes_may_arrive_as_one():
    """Who waits gets the newest value, and misses none that came before the wait."""

    async def main() -> None:
        latest = Latest("a")
        turn = latest.turn
        latest.set("b")
        latest.set("c")
        assert await latest.after(turn) == (2, "c")

    run_virtually(main())


def test_items_end_with_news():
    """Items are yielded until the value changes, and no task is left."""

    async def main() -> None:
        latest = Latest("a")
        asyncio.get_running_loop().call_at(3.5, latest.set, "b")
        assert [item async for item in until_news(ticks(1), latest, 0)] == [1, 2, 3]
        assert len(asyncio.all_tasks()) == 1

    run_virtually(main())


def test_items_end_with_quiet():
    """Items are yielded until none came for a while."""

    async def slowing() -> AsyncIterator[float]:
        for pause in (0.1, 0.1, 0.5, 0.1):
            await asyncio.sleep(pause)
            yield pause

    async def main() -> None:
        assert [item async for item in until_quiet(slowing(), 0.3)] == [0.1, 0.1]

    run_virtually(main())


def test_an_ending_is_carried_through():
    """A cancel does not cut an ending short; each one starts a hurry beside it, and the ending's result counts."""
    hurried: list[float] = []

    async def ending() -> str:
        await asyncio.sleep(5)
        return "done"

    async def hurry() -> str:
        hurried.append(asyncio.get_running_loop().time())
        return "hurried"

    async def main() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        loop.call_at(1, task.cancel)
        loop.call_at(2, task.cancel)
        assert await carried_through(ending(), hurry) == "done"
        assert (loop.time(), task.uncancel(), task.uncancel()) == (5, 1, 0)

    run_virtually(main())
    assert hurried == [1, 2]


def test_virtual_time_refuses_to_wait_for_ever():
    """Where nothing will ever happen the loop says so instead of hanging."""

    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock):
        run_virtually(main())
