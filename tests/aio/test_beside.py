"""Work beside a block lives no longer than the block."""

import asyncio

import pytest

from homeport.aio.beside import beside


async def test_what_is_not_done_is_cancelled_and_awaited() -> None:
    """At the end of the block the work is over, its own tidying included."""
    said: list[str] = []

    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(0)
            said.append("tidied")

    async with beside(work()):
        await asyncio.sleep(0)
    assert said == ["tidied"]


async def test_its_failure_is_the_blocks() -> None:
    """A block that went well raises what the work raised; one that failed itself raises its own."""

    async def fail() -> None:
        raise ValueError("work")

    with pytest.raises(ValueError, match="work"):
        async with beside(fail()) as done:
            await asyncio.wait([done])

    async def block() -> None:
        async with beside(fail()) as done:
            await asyncio.wait([done])
            raise KeyError

    with pytest.raises(KeyError):
        await block()


async def test_the_block_may_take_its_result() -> None:
    """The future that the block gets is the work's."""

    async def seven() -> int:
        return 7

    async with beside(seven()) as done:
        assert await done == 7
