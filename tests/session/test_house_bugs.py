"""A bug of ours is told on the screens, its trace is in the log, and nothing that it quotes is on a screen."""

import asyncio
import errno

from clockwork import Clockwork, service

from homeport.aio.virtual import run_virtually
from homeport.session.house import House
from homeport.session.notices import Notices


def test_a_callback_that_raises_is_told_and_logged() -> None:
    """What raises where nobody waits for it prints no trace into the picture: it becomes a notice and lines of a log."""
    parts = Clockwork(service("api"))
    notices = Notices()

    async def happens() -> None:
        house = House(parts.store, parts.outside, notices, parts.sources, stack="demo", root="/", socket="/s", pid=1)
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(house.unexpected)
        loop.call_soon(_fail)
        await asyncio.sleep(0)

    run_virtually(happens())
    assert notices.all() == ("bug in Homeport (ZeroDivisionError); what it was doing is in `homeport logs homeport`",)
    lines = [line.text for line in parts.book.lines]
    assert "Exception in callback" in lines[0]
    assert lines[-1] == "ZeroDivisionError: canary"


def test_a_limit_of_the_system_is_no_bug_and_told_once() -> None:
    """A descriptor that cannot be had is told with what to do, and not again at every attempt."""
    parts = Clockwork(service("api"))
    notices = Notices()

    async def happens() -> None:
        house = House(parts.store, parts.outside, notices, parts.sources, stack="demo", root="/", socket="/s", pid=1)
        loop = asyncio.get_running_loop()
        for _ in range(3):
            house.unexpected(loop, {"message": "accept", "exception": OSError(errno.EMFILE, "Too many open files")})

    run_virtually(happens())
    (told,) = notices.all()
    assert "too many files are open" in told
    assert "ulimit -n" in told


def _fail() -> None:
    raise ZeroDivisionError("canary")
