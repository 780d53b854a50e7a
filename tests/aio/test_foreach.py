"""Work that begins and ends by name."""

import asyncio

import pytest

from homeport.aio.beside import beside
from homeport.aio.foreach import for_each
from homeport.aio.latest import Latest
from homeport.aio.virtual import run_virtually


def test_each_name_has_one_piece_of_work() -> None:
    """It begins when it is named, goes on until it ends by itself, and begins anew when it is named again."""
    log: list[str] = []

    async def work(name: str) -> None:
        log.append(f"+{name}")
        try:
            await asyncio.sleep(10)
        finally:
            log.append(f"-{name}")

    async def story() -> None:
        names: Latest[tuple[str, ...]] = Latest(("a",))
        async with beside(for_each(names, lambda value: value, work)):
            await asyncio.sleep(1)
            names.set(("a", "b"))
            await asyncio.sleep(1)
            names.set(("b",))
            await asyncio.sleep(8.5)
            names.set(())
            await asyncio.sleep(10)
            names.set(("b",))
            await asyncio.sleep(1)
        assert len(asyncio.all_tasks()) == 1

    run_virtually(story())
    assert log == ["+a", "+b", "-a", "-b", "+b", "-b"]


def test_a_failure_ends_all_work() -> None:
    """It is raised once everything else has ended, however long that takes."""
    ended: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.sleep(5 if name == "bad" else 100)
            raise ValueError(name)
        except asyncio.CancelledError:
            await asyncio.sleep(1)
            ended.append(name)
            raise

    async def story() -> None:
        with pytest.raises(ValueError, match="bad"):
            await for_each(Latest(("good", "bad")), lambda value: value, work)
        assert ended == ["good"]
        assert len(asyncio.all_tasks()) == 1

    run_virtually(story())
