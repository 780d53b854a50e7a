"""However Homeport ends, the containers that it promised to its guardian are removed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import homeport
from homeport.adapters.process import ProcessRuntime
from homeport.guardian.removing import Promise, Removal
from homeport.ports import containers
from playedengine import FakeEngine, playing

HOUSE = Path(__file__).with_name("promising.py")
SOURCES = str(Path(homeport.__file__).parent.parent)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[FakeEngine]:
    """Return an engine that is played."""
    with playing(tmp_path / "engine.sock") as engine:
        yield engine


@contextmanager
def house(engine: FakeEngine, *names: str, grace: float = 10, sure: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    """Run a house that promised containers; its first line has been read."""
    command = [sys.executable, str(HOUSE), engine.address, str(grace), str(int(sure)), *names]
    env = {**os.environ, "PYTHONPATH": SOURCES}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_a_promised_container_is_asked_awaited_and_removed(engine: FakeEngine) -> None:
    """By its signal, once the house is killed; a released one is left alone."""
    engine.ends = {"db"}
    with house(engine, "-cache", "db") as process:
        line_of(process)
        process.kill()
        assert engine.heard() == "POST /containers/db/kill?signal=SIGTERM"
        assert engine.heard() == "DELETE /containers/db?force=1&v=1"


def test_who_does_not_obey_is_removed_by_force(engine: FakeEngine) -> None:
    """After its grace."""
    with house(engine, "db", grace=0.05) as process:
        line_of(process)
        process.kill()
        assert engine.heard() == "POST /containers/db/kill?signal=SIGTERM"
        assert engine.heard() == "DELETE /containers/db?force=1&v=1"


def test_one_that_was_just_being_made_is_waited_for(engine: FakeEngine) -> None:
    """The house died between asking for it and hearing that it is there."""
    engine.absent["db"] = 3
    with house(engine, "db", grace=0, sure=False) as process:
        line_of(process)
        process.kill()
        heard = [engine.heard() for _ in range(4)]
    assert heard[-1] == "DELETE /containers/db?force=1&v=1"
    assert engine.killed["db"].wait(20)


def test_another_guardian_takes_over_the_promises(engine: FakeEngine) -> None:
    """When the first one is killed nothing is removed; after the house's end all is."""
    with house(engine, "db", grace=0) as process:
        os.kill(line_of(process), signal.SIGKILL)
        line_of(process)
        assert engine.asked.empty()
        process.kill()
        engine.heard()
        assert engine.heard() == "DELETE /containers/db?force=1&v=1"


async def test_an_orderly_end_keeps_what_is_promised_still(engine: FakeEngine) -> None:
    """What nobody released by the end of the runtime is removed before it has ended."""
    engine.ends = {"db"}
    async with ProcessRuntime() as runtime:
        runtime.promise(containers.Promise("db", engine.address, sure=True))
    engine.heard()
    assert engine.asked.queue[-1] == "DELETE /containers/db?force=1&v=1"


def test_a_removal_can_be_hurried(engine: FakeEngine) -> None:
    """Its grace is cut."""
    removal = Removal(Promise("db", engine.address, "", "SIGTERM", 600, sure=True), 600).begin()
    engine.heard()
    removal.hurry(0)
    assert removal.removed()


def test_one_that_is_not_there_is_gone(engine: FakeEngine) -> None:
    """Who was removed by somebody else needs no removing."""
    engine.absent["db"] = 99
    assert Removal(Promise("db", engine.address, "", "SIGTERM", 0, sure=True), 0).begin().removed()
