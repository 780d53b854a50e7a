"""The fake runtime's programs live by the loop's clock alone."""

import asyncio

from homeport.aio.virtual import run_virtually
from homeport.ports.fakes.output import Ear
from homeport.ports.fakes.runtime import Event, FakeRuntime, Program, Say
from homeport.ports.runtime import Exit, Launch

HOUR = 3600.0
LAUNCH = Launch("api", ("api",), "/", {})


def test_a_script_is_played_in_virtual_time() -> None:
    """A program of an hour takes no time, and the memory tells when everything happened."""

    async def play() -> list[Event]:
        runtime = FakeRuntime({"api": Program(says=(Say(b"half past", after=HOUR / 2),), lives=HOUR)})
        ear = Ear()
        process = await runtime.spawn(LAUNCH, ear)
        await ear.until(b"half past")
        assert asyncio.get_running_loop().time() == HOUR / 2
        await process.wait()
        await process.end("SIGTERM", 10)
        return runtime.events

    events = [(event.at, event.what) for event in run_virtually(play())]
    assert events == [(0, "started"), (HOUR, "ended 0"), (HOUR, "asked SIGTERM"), (HOUR, "gone")]


def test_grace_passes_by_the_clock() -> None:
    """A program that drains for 3 s survives a grace of 4 s and not one of 2 s."""

    async def drain(grace: float) -> tuple[Exit, float]:
        runtime = FakeRuntime({"api": Program(stops_in=3, stops=Exit(code=0))})
        process = await runtime.spawn(LAUNCH, Ear())
        return await process.end("SIGTERM", grace), asyncio.get_running_loop().time()

    assert run_virtually(drain(4)) == (Exit(code=0), 3)
    assert run_virtually(drain(2)) == (Exit(signal="SIGKILL"), 2)


def test_later_starts_follow_the_script() -> None:
    """Several programs of one label are played one start after the other; the last one repeats."""

    async def play() -> list[Exit]:
        runtime = FakeRuntime({"api": [Program(lives=1, ends=Exit(code=1)), Program(lives=1)]})
        return [await (await runtime.spawn(LAUNCH, Ear())).wait() for _ in range(3)]

    assert run_virtually(play()) == [Exit(code=1), Exit(code=0), Exit(code=0)]


def test_a_test_may_write_and_exit_by_hand() -> None:
    """What a script cannot foresee, the test does itself; afterwards nothing is alive."""

    async def play() -> None:
        runtime = FakeRuntime(boot=2)
        ear = Ear()
        process = await runtime.spawn(LAUNCH, ear)
        runtime.of("api").write(b"by hand", "err")
        runtime.of("api").exit(Exit(signal="SIGSEGV"))
        assert await process.wait() == Exit(signal="SIGSEGV")
        assert runtime.alive == (runtime.of("api"),)
        await process.end("SIGTERM", 1)
        assert (ear.all("err"), runtime.alive) == (b"by hand", ())

    run_virtually(play())
