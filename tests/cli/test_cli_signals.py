"""Which signals end a house that is shown in the foreground."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from homeport.cli import exits
from homeport.cli.foreground import Ending


class Told:
    """A house that only keeps what it was told."""

    name = socket = file = ""
    opened = 0.0
    feed = None

    def __init__(self) -> None:
        self.closing = asyncio.Event()

    def close(self) -> None:
        """Keep that the end was asked for."""
        self.closing.set()

    def kill(self) -> None:
        """Keep nothing: no law here needs it."""


@pytest.fixture
def nohup() -> Iterator[None]:
    """Start as ``nohup`` does: with the hang-up ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("nohup")
async def test_under_nohup_a_hang_up_ends_nothing() -> None:
    """What was ignored when we started stays ignored; SIGTERM ends the house all the same."""
    house = Told()
    ending = Ending(house, print)  # type: ignore[arg-type]  # its feed is not looked at here
    ending.listen()
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)
    await house.closing.wait()
    assert ending.code == exits.TERMINATED
