"""When a guardian is killed while Homeport lives, its successor takes over."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from homeport.adapters.process import ProcessRuntime
from homeport.model.errors import OutsideError
from homeport.ports.fakes.output import Ear
from homeport.ports.runtime import Exit, Launch


class Watched:
    """A runtime, and what it says."""

    def __init__(self, mode: str) -> None:
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.runtime = ProcessRuntime(portable=mode == "portable", say=self.said.put_nowait)

    async def kill_guardian(self) -> None:
        """Kill the guardian and wait until it is said."""
        os.kill(self.runtime.guardian, signal.SIGKILL)
        assert "another one takes over" in await self.said.get()


@pytest.fixture(params=["linux", "portable"])
async def watched(request: pytest.FixtureRequest) -> AsyncIterator[Watched]:
    """Return each real runtime in turn."""
    watched = Watched(request.param)
    async with watched.runtime:
        yield watched


def shell(text: str) -> Launch:
    """Return a launch of a shell text."""
    return Launch("it", ("sh", "-c", text), "/", {"PATH": os.environ["PATH"]})


LISTENING = 'trap "echo bye; exit 5" TERM; echo up; while :; do sleep 1000 & wait $!; done'


async def test_a_survivor_is_still_heard_and_ended(watched: Watched) -> None:
    """Its output goes on, it is asked politely, and with it everything that it started."""
    ear = Ear()
    process = await watched.runtime.spawn(shell(LISTENING), ear)
    await ear.until(b"up")
    await watched.kill_guardian()
    ending = await process.end("SIGTERM", 60)
    assert ending in (Exit(code=5), Exit())  # without a subreaper nobody can know how it ended
    assert b"bye" in ear.all()


async def test_an_ending_under_way_goes_on(watched: Watched) -> None:
    """Who asked the first guardian gets the answer of the second."""
    ear = Ear()
    process = await watched.runtime.spawn(shell('trap "" TERM; echo up; while :; do sleep 1000; done'), ear)
    await ear.until(b"up")
    ending = asyncio.get_running_loop().create_task(process.end("SIGTERM", 1))
    await asyncio.sleep(0)
    await watched.kill_guardian()
    assert await ending in (Exit(signal="SIGKILL"), Exit())


async def test_a_start_under_way_is_refused_and_undone(watched: Watched) -> None:
    """Nobody knows whether it was started: the caller gets an error, and nothing of it stays."""
    os.kill(watched.runtime.guardian, signal.SIGSTOP)
    starting = asyncio.get_running_loop().create_task(watched.runtime.spawn(shell("sleep 1000"), Ear()))
    await asyncio.sleep(0)
    await watched.kill_guardian()
    with pytest.raises(OutsideError, match="the guardian of processes died during the start"):
        await starting


async def test_a_start_that_nobody_wants_any_more_is_undone(watched: Watched) -> None:
    """A cancelled start leaves no program, although the guardian obeys later."""
    guardian = watched.runtime.guardian
    os.kill(guardian, signal.SIGSTOP)
    ear = Ear()
    starting = asyncio.get_running_loop().create_task(watched.runtime.spawn(shell("echo up; sleep 1000"), ear))
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    os.kill(guardian, signal.SIGCONT)
    other = await watched.runtime.spawn(shell("exit 4"), Ear())
    assert await other.wait() == Exit(code=4)
    await other.end("SIGTERM", 60)


async def test_new_programs_start_under_the_new_guardian(watched: Watched) -> None:
    """After the takeover everything is as before."""
    await watched.kill_guardian()
    process = await watched.runtime.spawn(shell("exit 6"), Ear())
    assert await process.wait() == Exit(code=6)
    await process.end("SIGTERM", 60)
