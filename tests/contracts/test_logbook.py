"""The promises of a log book, kept by the one on disk and by the one in memory."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.logs.book import DiskLogBook
from homeport.model.errors import RefusedError
from homeport.model.lines import LogLine
from homeport.ports.fakes.logbook import FakeLogBook
from homeport.ports.logbook import LogBook, Writer


class Ticks:
    """A wall clock that moves on by a second at every look."""

    def __init__(self) -> None:
        self.at = 1_700_000_000.0

    def __call__(self) -> float:
        """Return the next second."""
        self.at += 1
        return self.at


@pytest.fixture(params=["disk", "memory"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> LogBook:
    """Either keeper of the promise."""
    return DiskLogBook(tmp_path / "logs", wall=Ticks()) if request.param == "disk" else FakeLogBook(Ticks())


def texts(lines: tuple[LogLine, ...]) -> list[str]:
    """Return the texts alone."""
    return [line.text for line in lines]


async def take(follower: AsyncIterator[tuple[LogLine, ...]], count: int) -> list[LogLine]:
    """Return the next ``count`` lines of a follower."""
    lines: list[LogLine] = []
    while len(lines) < count:
        lines += await anext(follower)
    return lines


def test_numbers_go_on_over_runs(book: LogBook) -> None:
    """Lines are numbered per service from 1, over all runs."""
    for run in (1, 2):
        pen = book.writer("api", run=run)
        pen.feed("out", b"a\nb\n")
        pen.close()
    book.writer("db", run=1).note("starting")
    lines = book.tail(["api"], 10)
    assert [(line.number, line.run, line.text) for line in lines] == [
        (1, 1, "a"),
        (2, 1, "b"),
        (3, 2, "a"),
        (4, 2, "b"),
    ]
    assert [line.number for line in book.tail(["db"], 10)] == [1]


def test_half_lines_wait_for_their_end(book: LogBook) -> None:
    """A line is written when its end comes, per stream, or when the pen is closed."""
    pen = book.writer("api", run=1)
    pen.feed("out", b"one")
    pen.feed("err", b"oops\n")
    assert texts(book.tail(["api"], 10)) == ["oops"]
    pen.feed("out", b" more\ntwo")
    assert texts(book.tail(["api"], 10)) == ["oops", "one more"]
    pen.close()
    pen.close()
    assert [(line.stream, line.text) for line in book.tail(["api"], 10)] == [
        ("err", "oops"),
        ("out", "one more"),
        ("out", "two"),
    ]


def test_progress_bars_keep_their_last_state(book: LogBook) -> None:
    r"""What a ``\r`` overwrote is not kept, and a ``\r`` at the end of a line is only its end."""
    pen = book.writer("api", run=1)
    pen.feed("out", b"10%\r20%")
    pen.feed("out", b"\r30%\r\nplain\r\n50%\r")
    assert pen.tail(3) == ("30%", "plain", "50%")
    pen.feed("out", b"60%\n")
    assert texts(book.tail(["api"], 10)) == ["30%", "plain", "60%"]


def test_bytes_that_are_no_text_are_shown_as_such(book: LogBook) -> None:
    """Invalid UTF-8 and NUL bytes cost nobody else's text."""
    pen = book.writer("api", run=1)
    pen.feed("out", b"caf\xc3")
    pen.feed("out", b"\xa9 \xff \0 end\n")
    assert texts(book.tail(["api"], 1)) == ["café � \0 end"]


def test_tail_of_a_pen_knows_its_run_only(book: LogBook) -> None:
    """A pen's tail holds its own last lines, the unfinished one included, even beside a replica with the same run."""
    book.writer("api", run=1).feed("out", b"old\n")
    first, second = book.writer("api", run=2), book.writer("api", run=2)
    first.feed("out", b"a\nb\n")
    second.feed("out", b"x\n")
    first.feed("err", b"half")
    assert first.tail(2) == ("b", "half")
    assert first.tail(10) == ("a", "b", "half")
    assert second.tail(10) == ("x",)
    assert first.tail(0) == ()


def test_tail_orders_services_by_time(book: LogBook) -> None:
    """The last lines of several services come together in the order of their time."""
    api, db = book.writer("api", run=1), book.writer("db", run=1)
    for number in range(3):
        api.feed("out", b"api %d\n" % number)
        db.feed("out", b"db %d\n" % number)
    assert texts(book.tail(["api", "db"], 3)) == ["db 1", "api 2", "db 2"]
    assert texts(book.tail(["api", "nobody"], 1)) == ["api 2"]


def test_notes_are_told_apart(book: LogBook) -> None:
    """What Homeport says stands among the program's lines as a note."""
    pen = book.writer("api", run=3)
    pen.feed("out", b"hello\n")
    pen.note("restarting")
    assert [(line.stream, line.text, line.run) for line in book.tail(["api"], 2)] == [
        ("out", "hello", 3),
        ("note", "restarting", 3),
    ]


async def test_wait_for_finds_past_and_future_lines(book: LogBook) -> None:
    """A wait ends at once for a line that was written, else when it comes, also when its end is still out."""
    book.writer("api", run=1).feed("out", b"ready on 1\n")
    pen = book.writer("api", run=2)
    pen.feed("out", b"ready on 2\n")
    assert await pen.wait_for(r"ready on \d") == "ready on 2"
    async with asyncio.TaskGroup() as tasks:
        waits = [tasks.create_task(pen.wait_for(pattern)) for pattern in ("^listening", "prompt>")]
        tasks.create_task(feed_later(pen, b"now listening\nlistening\nprompt> "))
    assert [wait.result() for wait in waits] == ["listening", "prompt> "]


async def feed_later(pen: Writer, data: bytes) -> None:
    """Feed once others wait."""
    pen.feed("out", data)


async def test_wait_for_refuses_a_wrong_pattern(book: LogBook) -> None:
    """A pattern that is no regular expression is refused with its text."""
    with pytest.raises(RefusedError, match=r'"\(" is no regular expression'):
        await book.writer("api", run=1).wait_for("(")


async def test_follow_yields_what_is_written_from_then_on(book: LogBook) -> None:
    """A follower sees every later line of its services once, and nothing earlier or of others."""
    api = book.writer("api", run=1)
    api.feed("out", b"before\n")
    follower = book.follow(["api"])
    api.feed("out", b"one\n")
    book.writer("db", run=1).feed("out", b"other\n")
    api.feed("err", b"two\nthr")
    api.feed("err", b"ee\n")
    assert [(line.number, line.text) for line in await take(follower, 3)] == [(2, "one"), (3, "two"), (4, "three")]


async def test_follow_all_takes_later_services_too(book: LogBook) -> None:
    """Without names, services that begin later are followed as well."""
    book.writer("api", run=1).feed("out", b"before\n")
    follower = book.follow()
    book.writer("api", run=2).feed("out", b"one\n")
    book.writer("new", run=1).feed("out", b"two\n")
    assert [(line.service, line.text) for line in await take(follower, 2)] == [("api", "one"), ("new", "two")]


async def test_a_follower_is_woken_by_news(book: LogBook) -> None:
    """Who waits for lines is woken when one is written."""
    pen = book.writer("api", run=1)
    follower = book.follow(["api"])
    async with asyncio.TaskGroup() as tasks:
        lines = tasks.create_task(take(follower, 1))
        tasks.create_task(feed_later(pen, b"news\n"))
    assert texts(tuple(lines.result())) == ["news"]


def test_closing_the_book_closes_its_pens(book: LogBook) -> None:
    """At the end half lines are written, whoever still holds a pen; closing again changes nothing."""
    pen = book.writer("api", run=1)
    pen.feed("out", b"half")
    book.close()
    pen.close()
    book.close()
    assert texts(book.tail(["api"], 5)) == ["half"]


async def test_a_service_stands_for_its_replicas(book: LogBook) -> None:
    """The name of a service means the logs of its replicas too, of those that come later as well."""
    book.writer("api", run=1).feed("out", b"alone\n")
    book.writer("api.1", run=2).feed("out", b"first\n")
    book.writer("apis", run=1).feed("out", b"another\n")
    follower = book.follow(["api"])
    book.writer("apis", run=2).feed("out", b"another\n")
    book.writer("api.2", run=3).feed("out", b"second\n")
    assert texts(tuple(await take(follower, 1))) == ["second"]
    assert texts(book.tail(["api"], 10)) == ["alone", "first", "second"]
    assert texts(book.tail(["api.1"], 10)) == ["first"]
