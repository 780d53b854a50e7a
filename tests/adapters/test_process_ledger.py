"""What the runtime of real processes notes down for a later house."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from homeport.adapters.process import ProcessRuntime
from homeport.ports.fakes.ledger import FakeLedger
from homeport.ports.fakes.output import Ear
from homeport.ports.runtime import Launch, Process

DAEMON = """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print("daemon", os.getpid(), flush=True)
        os.execve("/bin/sleep", ["sleep", "1000"], {})
    os._exit(0)
os.wait()
os.execvp("sleep", ["sleep", "1000"])
"""
"""Stays beside a daemon of which neither session nor environment tells whose it is."""


class Noting:
    """A runtime and its ledger."""

    def __init__(self, mode: str) -> None:
        self.ledger = FakeLedger()
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.runtime = ProcessRuntime(portable=mode == "portable", say=self.said.put_nowait, ledger=self.ledger)


@pytest.fixture(params=["linux", "portable"])
async def noting(request: pytest.FixtureRequest) -> AsyncIterator[Noting]:
    """Return each real runtime in turn."""
    noting = Noting(request.param)
    async with noting.runtime:
        yield noting


def launch(*argv: str, stop: str = "SIGTERM") -> Launch:
    """Return a launch."""
    return Launch("it", argv, "/", {"PATH": os.environ["PATH"]}, stop=stop)


async def with_daemon(noting: Noting) -> tuple[Process, int]:
    """Start the program beside its daemon; return it, and the daemon's process id once the ledger has it."""
    ear = Ear()
    process = await noting.runtime.spawn(launch(sys.executable, "-IS", "-c", DAEMON), ear)
    await ear.until(b"\n")
    daemon = int(ear.all().split()[1])
    await noting.ledger.until(lambda ledger: daemon in ledger.living)
    return process, daemon


async def test_a_run_stands_there_until_nothing_is_left_of_it(noting: Noting) -> None:
    """With its own signal from its start on, whoever else lives."""
    one = await noting.runtime.spawn(launch("sleep", "1000", stop="SIGINT"), Ear())
    two = await noting.runtime.spawn(launch("sleep", "1000"), Ear())
    assert noting.ledger.living == {one.pid: signal.SIGINT, two.pid: signal.SIGTERM}
    await one.end("SIGTERM", 5)
    assert noting.ledger.living == {two.pid: signal.SIGTERM}
    await two.end("SIGTERM", 5)
    assert noting.ledger.living == {}


async def test_the_guardian_that_lives_stands_there(noting: Noting) -> None:
    """Each successor takes the place of the killed one."""
    first = noting.runtime.guardian
    assert noting.ledger.guardian == first
    os.kill(first, signal.SIGKILL)
    await noting.said.get()
    assert noting.ledger.guardian == noting.runtime.guardian != first


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to those who ask for them")
async def test_an_adopted_daemon_stands_there() -> None:
    """Nothing but the ledger could tell whose it is once engine and guardian were killed together."""
    noting = Noting("linux")
    async with noting.runtime:
        process, daemon = await with_daemon(noting)
        os.kill(daemon, signal.SIGKILL)
        await noting.ledger.until(lambda ledger: daemon not in ledger.living)
        await process.end("SIGTERM", 5)
        assert noting.ledger.living == {}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to those who ask for them")
async def test_an_orderly_end_leaves_nothing_there() -> None:
    """Also when a daemon belongs to no run any more: the guardian ends it last, and the next house has nothing to reap."""
    noting = Noting("linux")
    async with noting.runtime:
        process, _ = await with_daemon(noting)
        await process.end("SIGTERM", 5)
    assert noting.ledger.living == {}
