"""What every runtime promises: the fake, the guardian on Linux, and the portable guardian."""

import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from endings import UP, Begin, Endings

from homeport.adapters.process import ProcessRuntime
from homeport.model.errors import OutsideError
from homeport.ports.fakes.output import Ear
from homeport.ports.fakes.runtime import FakeRuntime, Program, Say
from homeport.ports.runtime import Exit, Launch, Runtime

ACTOR = Path(__file__).with_name("actor.py")


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


@pytest.fixture
def begin(stage: Stage) -> Begin:
    """Return how programs start in this runtime."""
    return lambda program, ear: stage.runtime.spawn(stage.launch(program), ear)


class TestEndings(Endings):
    """Programs of every runtime end alike."""


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


async def test_leftovers_of_an_ended_program_are_ended(stage: Stage) -> None:
    """``end`` after the program's own end still ends what it started, even what ignores the signal."""
    ear = Ear()
    says = (Say(b"lingering\n"), UP) if isinstance(stage.runtime, FakeRuntime) else (UP,)
    process = await stage.runtime.spawn(stage.launch(Program(says=says, lives=0, lingers=True)), ear)
    await ear.until(b"lingering")
    assert await process.wait() == Exit(code=0)
    assert await process.end("SIGTERM", 0.05) == Exit(code=0)


async def test_a_program_that_cannot_start_is_refused(stage: Stage) -> None:
    """The error names the service and says what to do next."""
    with pytest.raises(OutsideError, match=r"^actor: ") as caught:
        await stage.runtime.spawn(stage.launch(Program(refused="was not found")), Ear())
    assert caught.value.hint
