"""Following as people read: who writes faster than anybody reads is skipped through, and that is said."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.logs.book import DiskLogBook
from homeport.logs.cursor import Cursor, end_of
from homeport.logs.segments import folder_of
from homeport.logs.tip import Limits, Place
from homeport.model.lines import LogLine

LAG = 20_000
NOTE = re.compile(r"([\d,]+) lines not shown; `homeport logs api` has them all")


def book_in(folder: Path) -> DiskLogBook:
    """Return a book whose segments are small, with a clock that stands."""
    return DiskLogBook(folder, wall=lambda: 1_700_000_000.0, limits=Limits(segment_bytes=50_000, segments=99))


async def until(follower: AsyncIterator[tuple[LogLine, ...]], service: str, number: int) -> list[LogLine]:
    """Return all lines up to the one of a service with this number."""
    lines: list[LogLine] = []
    while not any(line.service == service and line.number == number for line in lines):
        lines += await anext(follower)
    return lines


async def test_every_line_is_shown_or_counted(tmp_path: Path) -> None:
    """What is shown of a flood is in order and ends with its last line; the notes count all the rest."""
    book = book_in(tmp_path)
    pen = book.writer("api", run=1)
    follower = book.follow(["api"], lag=LAG)
    expected, shown = 1, 0
    for start, end in ((0, 5000), (5000, 9000)):
        for _ in range(start, end):
            pen.feed("out", b"a line among very many\n")
        for line in await until(follower, "api", end):
            if line.stream == "note":
                found = NOTE.fullmatch(line.text)
                assert found is not None
                expected += int(found[1].replace(",", ""))
                assert line.number == expected - 1
            else:
                assert line.number == expected
                expected += 1
                shown += 1
    assert expected == 9001
    assert shown < 1000


async def test_who_is_not_far_ahead_is_shown_whole(tmp_path: Path) -> None:
    """A burst within the limit is shown line by line, and a quiet service too while another one is skipped through."""
    book = book_in(tmp_path)
    api, db = book.writer("api", run=1), book.writer("db", run=1)
    follower = book.follow(lag=LAG)
    for number in range(400):
        db.feed("out", b"query %d\n" % number)
    api.feed("out", b"flood\n" * 10_000)
    lines = await until(follower, "db", 400)
    assert [line.text for line in lines if line.service == "db"] == [f"query {number}" for number in range(400)]


async def test_who_reads_all_is_not_skipped_ahead(tmp_path: Path) -> None:
    """Without a limit every line comes."""
    book = book_in(tmp_path)
    pen = book.writer("api", run=1)
    follower = book.follow(["api"])
    for _ in range(10):
        pen.feed("out", b"a line\n" * 1000)
    assert [line.number for line in await until(follower, "api", 10_000)] == list(range(1, 10_001))


@pytest.mark.parametrize("block", [1, 100, 3_000, 10**6])
def test_a_skip_keeps_numbers(tmp_path: Path, block: int) -> None:
    """After a skip over segments the next line has its own number, and none comes twice."""
    book = book_in(tmp_path)
    pen = book.writer("api", run=1)
    for number in range(1, 8001):
        pen.feed("out", b"line %d\n" % number)
    cursor = Cursor(folder_of(tmp_path, "api"), "api", Place(1, 0, 1))
    end = end_of(folder_of(tmp_path, "api"))
    passed = cursor.skip(end, block)
    lines: list[LogLine] = []
    while taken := cursor.take():
        lines += taken
    assert [line.text for line in lines] == [f"line {number}" for number in range(passed + 1, 8001)]
    assert [line.number for line in lines] == list(range(passed + 1, 8001))
    assert cursor.behind(end) == 0
