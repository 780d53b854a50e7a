"""When a burst of saves is over, in virtual time."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from homeport.adapters.files.settling import Settling
from homeport.aio.virtual import run_virtually
from homeport.model.errors import OutsideError
from homeport.ports.watcher import Settled


class Story:
    """Saves at given instants, and the bursts that come of them with their instants, in milliseconds."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.busy_until = 0
        self.settling = Settling(lambda: self.now() < self.busy_until)

    def now(self) -> int:
        return round(self.loop.time() * 1000)

    def save(self, at: int, path: str, *names: str) -> None:
        self.loop.call_at(at / 1000, self.settling.add, path, names)

    async def bursts(self, count: int) -> list[tuple[int, Settled]]:
        told = []
        async for burst in self.settling.changes():
            told.append((self.now(), burst))
            if len(told) == count:
                break
        return told


def play(story: Coroutine[Any, Any, Any]) -> Any:
    return run_virtually(story)


def test_a_burst_is_over_after_ten_quiet_milliseconds() -> None:
    """Saves less than 10 ms apart are one burst; it is told 10 ms after the last."""

    async def story() -> list[tuple[int, Settled]]:
        told = Story()
        for at, path in ((0, "b"), (5, "a"), (12, "b"), (40, "c")):
            told.save(at, path, "all")
        return await told.bursts(2)

    assert play(story()) == [(22, Settled({"all": ("a", "b")})), (50, Settled({"all": ("c",)}))]


def test_a_stream_of_saves_is_told_every_second() -> None:
    """Saves that never pause hold a burst open for 1 s at most."""

    async def story() -> list[int]:
        told = Story()
        for at in range(0, 2500, 5):
            told.save(at, str(at), "all")
        return [at for at, _ in await told.bursts(3)]

    first, second, third = play(story())
    assert (first, second) == (1000, 1005 + 1000)
    assert third == 2495 + 10


def test_while_git_works_nothing_is_told() -> None:
    """A settled burst waits until git has finished, and takes in what comes meanwhile."""

    async def story() -> list[tuple[int, Settled]]:
        told = Story()
        told.busy_until = 3000
        told.save(0, "a", "all")
        told.save(2900, "b", "two")
        return await told.bursts(1)

    assert play(story()) == [(3000, Settled({"all": ("a",), "two": ("b",)}))]


def test_saves_that_match_nothing_open_no_burst() -> None:
    """Noise neither tells anything nor holds a burst open."""

    async def story() -> list[tuple[int, Settled]]:
        told = Story()
        told.save(0, "a", "all")
        for at in range(1, 100, 3):
            told.save(at, "noise")
        return await told.bursts(1)

    assert play(story()) == [(10, Settled({"all": ("a",)}))]


def test_a_slow_reader_loses_nothing() -> None:
    """Bursts that were not fetched are merged, an overflow among them included."""

    async def story() -> Settled:
        told = Story()
        told.save(0, "a", "all")
        told.loop.call_at(0.030, told.settling.overflow, ["all", "two"])
        told.save(60, "b", "all")
        await asyncio.sleep(1)
        return (await told.bursts(1))[0][1]

    assert play(story()) == Settled({"all": (), "two": ()}, overflow=True)


def test_a_failed_watch_raises_for_its_reader() -> None:
    """A watch that cannot go on ends its changes with the error."""

    async def story() -> str:
        told = Story()
        told.loop.call_later(1, told.settling.fail, OutsideError("no more watches"))
        try:
            await told.bursts(1)
        except OutsideError as error:
            return error.what
        return ""

    assert play(story()) == "no more watches"


def test_a_stir_is_told_without_a_save() -> None:
    """Who reads is woken by a burst without matches, once."""

    async def story() -> list[tuple[int, Settled]]:
        told = Story()
        told.loop.call_at(0.005, told.settling.stir)
        told.save(10, "a", "all")
        return await told.bursts(2)

    assert play(story()) == [(5, Settled({})), (20, Settled({"all": ("a",)}))]
