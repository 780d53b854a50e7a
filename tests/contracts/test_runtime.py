"""What every runtime promises: the fake, the guardian on Linux, and the portable guardian."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.adapters.process import ProcessRuntime
from homeport.model.errors import OutsideError
from homeport.ports.fakes.output import Ear
from homeport.ports.fakes.runtime import FakeRuntime, Program, Say
from homeport.ports.runtime import Exit, Launch, Runtime

ACTOR = Path(__file__).with_name("actor.py")
UP = Say(b"up\n")


class Stage:
    """A runtime, and launches of programs that do as told."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def launch(self, program: Program) -> Launch:
        """Return what starts such a program."""
        if isinstance(self.runtime, FakeRuntime):
            self.runtime.programs["actor"] = program
        told = {
            "ignores": sorted(program.ignores),
            "stops": program.stops and {"code": program.stops.code},
            "lingers": program.lingers,
            "says": [{"text": say.data.decode(), "stream": say.stream} for say in program.says],
            "lives": program.lives,
            "ends": {"code": program.ends.code, "signal": program.ends.signal},
        }
        argv = (sys.executable, "-I", "-S", str(ACTOR), json.dumps(told))
        if program.refused:
            argv = ("no-such-program",)
        return Launch("actor", argv, "/", {"PATH": os.defpath})


@pytest.fixture(params=["fake", "linux", "portable"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Return each runtime in turn."""
    if request.param == "fake":
        yield Stage(FakeRuntime())
        return
    async with ProcessRuntime(portable=request.param == "portable") as runtime:
        yield Stage(runtime)


async def test_wait_returns_the_exit_code_after_all_output(stage: Stage) -> None:
    """What a program wrote before its end has been delivered when ``wait`` returns."""
    ear = Ear()
    says = (Say(b"one\n"), Say(b"two\n"), Say(b"half"))
    process = await stage.runtime.spawn(stage.launch(Program(says=says, lives=0, ends=Exit(code=7))), ear)
    assert await process.wait() == Exit(code=7)
    assert ear.all() == b"one\ntwo\nhalf"
    assert await process.end("SIGTERM", 5) == Exit(code=7)


async def test_streams_are_kept_apart(stage: Stage) -> None:
    """Each chunk says whether it was written to out or to err."""
    ear = Ear()
    says = (Say(b"good"), Say(b"bad", stream="err"))
    process = await stage.runtime.spawn(stage.launch(Program(says=says, lives=0)), ear)
    await process.wait()
    assert (ear.all("out"), ear.all("err")) == (b"good", b"bad")
    await process.end("SIGTERM", 5)


async def test_death_by_signal_is_told_by_name(stage: Stage) -> None:
    """A program that a signal killed has no exit code, but the signal's name."""
    ending = Exit(signal="SIGUSR1")
    process = await stage.runtime.spawn(stage.launch(Program(lives=0, ends=ending)), Ear())
    assert await process.wait() == ending
    await process.end("SIGTERM", 5)


async def test_end_asks_by_the_given_signal(stage: Stage) -> None:
    """A program that obeys ends by that signal, long before its grace is over."""
    ear = Ear()
    process = await stage.runtime.spawn(stage.launch(Program(says=(UP,))), ear)
    await ear.until(b"up")
    assert await process.end("SIGINT", 60) == Exit(signal="SIGINT")


async def test_a_clean_stop_keeps_its_exit_code(stage: Stage) -> None:
    """A program may answer the signal with an exit of its own."""
    ear = Ear()
    process = await stage.runtime.spawn(stage.launch(Program(says=(UP,), stops=Exit(code=3))), ear)
    await ear.until(b"up")
    assert await process.end("SIGTERM", 60) == Exit(code=3)


async def test_who_ignores_the_signal_is_killed_after_the_grace(stage: Stage) -> None:
    """Grace has an end."""
    ear = Ear()
    process = await stage.runtime.spawn(stage.launch(Program(says=(UP,), ignores=frozenset({"SIGTERM"}))), ear)
    await ear.until(b"up")
    assert await process.end("SIGTERM", 0.05) == Exit(signal="SIGKILL")


async def test_a_second_end_hurries_the_first(stage: Stage) -> None:
    """A shorter grace counts from the second call, for both callers."""
    ear = Ear()
    process = await stage.runtime.spawn(stage.launch(Program(says=(UP,), ignores=frozenset({"SIGTERM"}))), ear)
    await ear.until(b"up")
    patient = asyncio.get_running_loop().create_task(process.end("SIGTERM", 600))
    await asyncio.sleep(0)
    assert await process.end("SIGTERM", 0) == Exit(signal="SIGKILL")
    assert await patient == Exit(signal="SIGKILL")


async def test_cancelling_does_not_stop_the_ending(stage: Stage) -> None:
    """An ending that nobody waits for goes on."""
    ear = Ear()
    process = await stage.runtime.spawn(stage.launch(Program(says=(UP,), ignores=frozenset({"SIGTERM"}))), ear)
    await ear.until(b"up")
    waiting = asyncio.get_running_loop().create_task(process.end("SIGTERM", 0.02))
    await asyncio.sleep(0)
    waiting.cancel()
    assert await process.wait() == Exit(signal="SIGKILL")
    assert await process.end("SIGTERM", 60) == Exit(signal="SIGKILL")


async def test_leftovers_of_an_ended_program_are_ended(stage: Stage) -> None:
    """``end`` after the program's own end still ends what it started, even what ignores the signal."""
    ear = Ear()
    says = (Say(b"lingering\n"), UP) if isinstance(stage.runtime, FakeRuntime) else (UP,)
    process = await stage.runtime.spawn(stage.launch(Program(says=says, lives=0, lingers=True)), ear)
    await ear.until(b"lingering")
    assert await process.wait() == Exit(code=0)
    assert await process.end("SIGTERM", 0.05) == Exit(code=0)


async def test_end_after_the_end_returns_at_once(stage: Stage) -> None:
    """Calls after everything has gone repeat the answer."""
    process = await stage.runtime.spawn(stage.launch(Program(lives=0, ends=Exit(code=2))), Ear())
    await process.end("SIGKILL", 0)
    assert await process.end("SIGTERM", 600) == await process.wait()


async def test_a_program_that_cannot_start_is_refused(stage: Stage) -> None:
    """The error names the service and says what to do next."""
    with pytest.raises(OutsideError, match=r"^actor: ") as caught:
        await stage.runtime.spawn(stage.launch(Program(refused="was not found")), Ear())
    assert caught.value.hint
