"""A command that ends without reading its input: the far end is played, and time is virtual."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest

from homeport.adapters.kubernetes.aftermath import is_over
from homeport.adapters.kubernetes.executing import Command
from homeport.adapters.kubernetes.wire import Socket
from homeport.aio.beside import beside
from homeport.aio.virtual import run_virtually
from homeport.ports.cluster import ClusterError, Unreachable

PART = 128 << 10


class Far:
    """The far end of a command. ``takes``: messages until it reads no more. ``news``: what it tells."""

    protocol, closed = "v5.channel.k8s.io", False

    def __init__(self, takes: int) -> None:
        self.takes = takes
        self.got = 0
        self.news: asyncio.Queue[Any] = asyncio.Queue()

    async def send_bytes(self, _data: bytes) -> None:
        self.got += 1
        if self.got > self.takes:
            await asyncio.get_running_loop().create_future()

    async def receive(self) -> Any:
        return await self.news.get()

    def tell(self, said: bytes) -> None:
        self.news.put_nowait(SimpleNamespace(type=aiohttp.WSMsgType.BINARY, data=said))


def begun(far: Far, *seen: bool | None) -> Command:
    """Return a command of which each look sees the next of these, and the last one for ever."""
    looks = list(seen)

    async def over(_elapsed: float) -> bool | None:
        return looks.pop(0) if len(looks) > 1 else looks[0]

    return Command(cast("Socket", far), 'run of "true"', over, stdin=True)


async def run(command: Command, size: int) -> int:
    """Send so many parts while the output is read; return the code."""

    async def give() -> None:
        for _ in range(size):
            try:
                await command.send(b"x" * PART)
            except Unreachable:
                return

    async with beside(give()):
        async for _piece in command.output():
            pass
    return command.finish().code


def test_no_more_input_is_sent_once_the_status_came() -> None:
    """Also when the way is never full, so that nothing else would make the sender wait."""

    async def story() -> None:
        far = Far(takes=10_000)
        far.tell(b"\3" + json.dumps({"status": "Success"}).encode())
        assert await run(begun(far, None), 10_000) == 0
        assert far.got < 10

    run_virtually(story())


def test_a_command_that_is_over_is_not_waited_for() -> None:
    """Its end is not told while nobody reads its input: one sentence says so, some seconds later."""

    async def story() -> float:
        with pytest.raises(ClusterError, match="ended and left its input unread"):
            await run(begun(Far(takes=2), True), 100)
        return asyncio.get_running_loop().time()

    assert run_virtually(story()) == 5.0


def test_the_first_piece_of_input_can_hold_up_the_end_as_well() -> None:
    """One that nobody takes counts from the moment that it is on its way."""

    async def story() -> None:
        with pytest.raises(ClusterError, match="ended and left its input unread"):
            await run(begun(Far(takes=0), True), 1)

    run_virtually(story())


def test_a_command_that_takes_its_time_is_waited_for() -> None:
    """However long it reads nothing, it is seen to run, and so its code counts."""

    async def story() -> None:
        far = Far(takes=2)
        asyncio.get_running_loop().call_later(3600, far.tell, b"\3" + json.dumps({"status": "Success"}).encode())
        assert await run(begun(far, False), 100) == 0

    run_virtually(story())


def test_a_command_that_nobody_can_see_is_given_up_after_a_minute() -> None:
    """Images without a shell cannot be looked into: it is not said that the command ended, which nobody knows."""

    async def story() -> float:
        with pytest.raises(ClusterError, match="nobody can see whether it still runs"):
            await run(begun(Far(takes=2), None), 100)
        return asyncio.get_running_loop().time()

    assert 60 <= run_virtually(story()) <= 100


def stat(number: int, parent: int, began: float, name: str = "a b) c") -> str:
    return f"{number} ({name}) S {parent} " + "0 " * 17 + f"{began * 100:.0f} 0 0\n"


@pytest.mark.parametrize(
    ("processes", "over"),
    [
        ([(1, 0, 10), (7, 0, 50), (9, 0, 99.9)], True),  # 7 is somebody else's, and older
        ([(1, 0, 10), (7, 0, 95.5), (9, 0, 99.9)], False),
        ([(1, 0, 10), (7, 1, 95.5), (9, 0, 99.9)], True),  # a child of the service
        ([(1, 0, 10), (7, 5, 95.5), (9, 5, 99.9)], None),  # the look has a parent here
        ([], None),
    ],
)
def test_what_was_entered_has_no_parent(processes: list[tuple[int, int, float]], over: bool | None) -> None:
    """By which a command is known among the others of its container, as far as the container can be looked into."""
    seen = "100.0 900.0\n" + "".join(stat(*each) for each in processes)
    assert is_over(seen.encode() if processes else b"", 5.0) is over


def test_of_a_command_that_has_just_begun_nothing_is_known() -> None:
    """It is as young as the look itself: a connection that broke is no end of the command."""
    seen = "100.0 900.0\n" + stat(1, 0, 10) + stat(7, 0, 99.4) + stat(9, 0, 99.9)
    assert is_over(seen.encode(), 0.6) is None
