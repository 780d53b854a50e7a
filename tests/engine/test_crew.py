"""The crew: exactly the planned jobs, one task per place."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from homeport.aio.latest import Latest
from homeport.aio.virtual import run_virtually
from homeport.engine.crew import Crew


class Chore(Struct, frozen=True):
    """A pretended job. ``drain``: seconds after a cancel; ``lasts``: seconds until it ends by itself."""

    key: tuple[str, str, int]
    identity: str = "1"
    detail: str = ""
    drain: float = 0.0
    lasts: float = 1000.0
    bug: bool = False


A = ("run", "a", 0)
B = ("run", "b", 0)


class Yard:
    """A crew with a memory."""

    def __init__(self) -> None:
        self.told: list[tuple[float, str]] = []
        self.details: list[str] = []
        self.gone = 0
        self.troubles: list[str] = []
        self.crew: Crew[Chore] = Crew(
            self._work, self._count, lambda job, error: self.troubles.append(f"{job.identity} {error}")
        )

    def _count(self) -> None:
        self.gone += 1

    def tell(self, text: str) -> None:
        """Remember something with its time."""
        self.told.append((asyncio.get_running_loop().time(), text))

    async def _work(self, latest: Latest[Chore]) -> None:
        job = latest.value
        self.tell(f"start {job.key[1]}{job.identity}")
        if job.bug:
            raise RuntimeError("oops")
        try:
            async with asyncio.timeout(job.lasts):
                while True:
                    self.details.append(latest.value.detail)
                    await latest.after(latest.turn)
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            self.tell(f"asked {job.key[1]}{job.identity}")
            try:
                await asyncio.sleep(job.drain)
            except asyncio.CancelledError:
                self.tell(f"hurried {job.key[1]}{job.identity}")
        finally:
            self.tell(f"end {job.key[1]}{job.identity}")


def jobs(*chores: Chore) -> dict[tuple[str, str, int], Chore]:
    """Return jobs by place."""
    return {chore.key: chore for chore in chores}


def in_yard(act: Callable[[Yard], Awaitable[None]]) -> Yard:
    """Act in a yard, then let everything end; no task may be left."""
    yard = Yard()

    async def main() -> None:
        await act(yard)
        yard.crew.steer({})
        await asyncio.sleep(100)
        assert not yard.crew.busy
        assert len(asyncio.all_tasks()) == 1

    run_virtually(main())
    return yard


def test_it_starts_the_missing_and_stops_the_unwanted():
    """Steering starts what is missing, stops what is not wanted and leaves the rest alone."""

    async def act(yard: Yard) -> None:
        yard.crew.steer(jobs(Chore(A), Chore(B)))
        await asyncio.sleep(1)
        yard.crew.steer(jobs(Chore(B)))
        await asyncio.sleep(1)
        assert yard.told == [(0, "start a1"), (0, "start b1"), (1, "asked a1"), (1, "end a1")]

    in_yard(act)


def test_a_successor_never_starts_before_its_predecessor_is_gone():
    """Another identity ends the old work first; the new one waits for its end, and for the next steering."""

    async def act(yard: Yard) -> None:
        yard.crew.steer(jobs(Chore(A, drain=2)))
        await asyncio.sleep(1)
        for _ in range(3):
            yard.crew.steer(jobs(Chore(A, "2")))
            await asyncio.sleep(0.5)
        assert yard.told == [(0, "start a1"), (1, "asked a1")]
        await asyncio.sleep(2)
        assert yard.gone == 1
        yard.crew.steer(jobs(Chore(A, "2")))
        await asyncio.sleep(0)
        assert yard.told[-1] == (4.5, "start a2")

    in_yard(act)


def test_it_asks_politely_once():
    """However often it is steered, a drain is not cut short; only a hurry asks again."""

    async def act(yard: Yard) -> None:
        yard.crew.steer(jobs(Chore(A, drain=5)))
        await asyncio.sleep(1)
        for _ in range(4):
            yard.crew.steer({})
            await asyncio.sleep(0.5)
        assert [(job.key, since) for job, since in yard.crew.leaving()] == [(A, 2.0)]
        yard.crew.hurry()
        await asyncio.sleep(0)
        assert yard.told == [(0, "start a1"), (1, "asked a1"), (3, "hurried a1"), (3, "end a1")]

    in_yard(act)


def test_a_job_that_differs_in_details_reaches_its_worker():
    """The same identity keeps the worker and tells it the news; an equal job is no news."""

    async def act(yard: Yard) -> None:
        for detail in ("x", "x", "y"):
            yard.crew.steer(jobs(Chore(A, detail=detail)))
            await asyncio.sleep(1)
        assert yard.details == ["x", "y"]
        assert yard.told == [(0, "start a1")]

    in_yard(act)


def test_every_end_is_told():
    """Ends by themselves, by cancel, and of work that never had its first step are all told."""

    async def act(yard: Yard) -> None:
        yard.crew.steer(jobs(Chore(A), Chore(B, lasts=1)))
        yard.crew.steer(jobs(Chore(B, lasts=1)))
        await asyncio.sleep(2)
        assert yard.gone == 2
        assert not yard.crew.busy
        assert yard.told == [(0, "start b1"), (1, "end b1")]

    in_yard(act)


def test_a_bug_is_told_and_not_repeated():
    """Work that raises is told as trouble, and the same work is not started again; other work in its place is."""

    async def act(yard: Yard) -> None:
        for _ in range(3):
            yard.crew.steer(jobs(Chore(A, bug=True)))
            await asyncio.sleep(1)
        assert yard.troubles == ["1 oops"]
        yard.crew.steer(jobs(Chore(A, "2")))
        await asyncio.sleep(0)
        assert yard.crew.busy

    in_yard(act)
