"""Somebody sets the machine's clock, by a day forward or back: only what people read may differ."""

import asyncio
import time
from pathlib import Path

import pytest
from clockwork import Clockwork, service

from homeport.logs.book import DiskLogBook
from homeport.logs.reader import LogReader
from homeport.logs.tip import Limits
from homeport.machine.ports.book import DiskPortBook
from homeport.model.parts import Port
from homeport.session.feed import HouseFeed

DAY = 86400.0
NOON = time.time()
"""Where the clocks begin: files have real times, to which the age of a log is compared."""
JUMPS = pytest.mark.parametrize("jump", [DAY, -DAY])


class Wall:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = NOON

    def __call__(self) -> float:
        """Tell the time."""
        return self.seconds


class Set(Clockwork):
    """A clockwork whose wall clock is set by hand."""

    off = 0.0

    def wall(self) -> float:
        """Seconds since the epoch."""
        return NOON + super().wall() + self.off


@JUMPS
def test_nothing_is_restarted_or_retried_by_a_jump(jump: float) -> None:
    """The engine goes by its monotonic clock: what runs goes on, and what is told about it stays the same."""
    works = Set(service("db"), service("api"))

    async def story(feed: HouseFeed) -> None:
        await asyncio.sleep(5)
        before, revision = feed.frame().nodes, feed.frame().revision
        assert [node.state for node in before] == ["ready", "ready"]
        works.off = jump
        await asyncio.sleep(60)
        assert feed.frame().nodes == before
        assert feed.frame().revision == revision

    works.live(story)


@JUMPS
def test_lines_keep_their_numbers_and_nothing_is_too_old(tmp_path: Path, jump: float) -> None:
    """A log goes on counting, and a jump within the age of a log removes none of it."""
    wall = Wall()
    book = DiskLogBook(tmp_path, wall=wall, limits=Limits(segment_bytes=64, segments=100))
    pen = book.writer("api", run=1)
    for text in (b"one\n", b"two\n", b"three\n"):
        pen.feed("out", text * 10)
        wall.seconds += jump
    pen.close()
    numbers = [line.number for line in LogReader(tmp_path).tail(["api"], 30)]
    assert sorted(numbers) == list(range(1, 31))


@JUMPS
def test_a_lease_survives_a_jump(tmp_path: Path, jump: float) -> None:
    """A house keeps its numbers, gets them again, and nobody else gets them meanwhile or soon after."""
    wall = Wall()
    api = service("api", Port("http", 21_000))
    mine = DiskPortBook(tmp_path, "mine", primary=False, wall=wall)
    other = DiskPortBook(tmp_path, "other", primary=False, wall=wall)
    first = mine.lease(api, 2, "1").shared["http"]
    wall.seconds += jump
    assert mine.lease(api, 2, "2").shared["http"] == first
    taken = other.lease(api, 2, "1")
    assert first not in {*taken.shared.values(), *(port for own in taken.own for port in own.values())}
    mine.close()
    again = DiskPortBook(tmp_path, "mine", primary=False, wall=wall)
    assert again.lease(api, 2, "3").shared["http"] == first
    again.close()
    other.close()
