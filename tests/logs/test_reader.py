"""Reading logs from files alone: last lines, ranges, searches, and what is new."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kit.terminal import plain
from homeport.logs.book import DiskLogBook
from homeport.logs.lines import parse
from homeport.logs.literals import literals_in
from homeport.logs.query import Filter
from homeport.logs.reader import LogReader
from homeport.logs.tip import Limits
from homeport.model.lines import LogLevel, LogLine
from homeport.model.queries import Query

START = 1_700_000_000.0


class Clock:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> float:
        """Return the time."""
        return self.at


@pytest.fixture
def filled(tmp_path: Path) -> LogReader:
    """A log of two services, 4,000 lines each, a second apart in turn, over several segments."""
    clock = Clock()
    book = DiskLogBook(tmp_path, wall=clock, limits=Limits(segment_bytes=50_000, segments=99))
    api, db = book.writer("api", run=1), book.writer("db", run=1)
    for number in range(1, 4001):
        clock.at = START + number
        api.feed(
            "out" if number % 10 else "err", b"%s request %d\n" % (b"ERROR" if number % 100 == 0 else b"INFO", number)
        )
        db.feed("out", b"\x1b[32mquery\x1b[0m %d\n" % number)
    book.close()
    return LogReader(tmp_path)


def numbers(lines: object) -> list[int]:
    """Return the numbers of lines."""
    assert isinstance(lines, (list, tuple, Iterator))
    return [line.number for line in lines]


def test_all_lines_come_in_the_order_of_time(filled: LogReader) -> None:
    """Without names, all services are merged by time, each in its own order."""
    lines = list(filled.lines())
    assert len(lines) == 8000
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert numbers(line for line in lines if line.service == "db") == list(range(1, 4001))


def test_a_range_of_time_is_found(filled: LogReader) -> None:
    """``since`` and ``until`` give exactly the lines of that time."""
    for since, until in ((0, 4001), (1, 2), (1234, 1240), (3999, 9999), (4001, None), (5000, 6000)):
        query = Query(since=START + since, until=None if until is None else START + until)
        assert numbers(filled.lines(["api"], query)) == [
            at for at in range(1, 4001) if at >= since and (until is None or at < until)
        ]
        assert numbers(filled.tail(["api"], 10, query)) == numbers(filled.lines(["api"], query))[-10:]


def test_lines_after_a_number_are_found(filled: LogReader) -> None:
    """``after`` goes on where somebody stopped reading."""
    for after in (0, 1, 1999, 3999, 4000, 9999):
        assert numbers(filled.lines(["api"], Query(after=after))) == list(range(after + 1, 4001))


def test_searches_find_lines(filled: LogReader) -> None:
    """``grep`` searches the text as people see it; with ``tail`` the last ones of those."""
    assert numbers(filled.lines(["api"], Query(grep="request 77"))) == [77, *range(770, 780)]
    assert numbers(filled.lines(["api"], Query(grep=r"request 77$"))) == [77]
    assert numbers(filled.lines(["db"], Query(grep=r"^query 1.*5$"))) == [
        at for at in range(1, 4001) if str(at).startswith("1") and str(at).endswith("5") and at > 9
    ]
    assert numbers(filled.tail(["api"], 3, Query(grep="ERROR"))) == [3800, 3900, 4000]
    assert numbers(filled.lines(["api"], Query(grep="17000"))) == []


def test_levels_streams_and_runs_are_conditions(filled: LogReader) -> None:
    """All conditions hold together."""
    assert numbers(filled.lines(None, Query(level="error"))) == list(range(100, 4001, 100))
    assert numbers(filled.tail(["api"], 2, Query(source="err", level="info"))) == [3990, 4000]
    assert numbers(filled.lines(["api"], Query(source="err", grep="5"))) == [
        at for at in range(10, 4001, 10) if "5" in str(at)
    ]
    assert numbers(filled.lines(["api"], Query(run=2))) == []


def test_tail_reads_back_as_far_as_needed(filled: LogReader) -> None:
    """A tail has as many lines as asked for, over segments, and no more than there are."""
    for count in (0, 1, 7, 999, 4000, 9999):
        assert numbers(filled.tail(["api"], count)) == list(range(4001 - min(count, 4000), 4001))
    assert len(filled.tail(None, 11)) == 11


def test_nothing_is_no_trouble(tmp_path: Path) -> None:
    """Where no logs are, there are no lines."""
    reader = LogReader(tmp_path / "none")
    assert (reader.services(), reader.tail(None, 5), list(reader.lines())) == ([], (), [])


def test_new_lines_are_seen_over_segments_and_services(tmp_path: Path) -> None:
    """Following sees every new line once, whoever writes it and wherever the file ends."""
    book = DiskLogBook(tmp_path, wall=lambda: START, limits=Limits(segment_bytes=200, segments=99))
    pen = book.writer("api", run=1)
    pen.feed("out", b"before\n")
    fresh = LogReader(tmp_path).fresh()
    assert next(fresh) == ()
    pen.feed("out", b"".join(b"line %d\n" % at for at in range(100)))
    for at in range(100, 140):
        pen.feed("out", b"line %d\n" % at)
    book.writer("new", run=1).feed("out", b"hello\n")
    seen: list[LogLine] = []
    while lines := next(fresh):
        seen += lines
    assert [line.text for line in seen if line.service == "api"] == [f"line {at}" for at in range(140)]
    assert numbers(line for line in seen if line.service == "api") == list(range(2, 142))
    assert [line.text for line in seen if line.service == "new"] == ["hello"]
    pen.feed("out", b"half")
    assert next(fresh) == ()


def test_a_reader_who_was_overtaken_is_told(tmp_path: Path) -> None:
    """Lines that went before a follower came to them leave a note with their number; everything after it is there."""
    book = DiskLogBook(tmp_path, wall=lambda: START, limits=Limits(segment_bytes=200, segments=2))
    pen = book.writer("api", run=1)
    pen.feed("out", b"before\n")
    fresh = LogReader(tmp_path).fresh()
    assert next(fresh) == ()
    for at in range(100):
        pen.feed("out", b"line %d\n" % at)
    seen: list[LogLine] = []
    while lines := next(fresh):
        seen += lines
    note, *rest = seen
    assert note.text == f"{note.number - 1} lines are missing here: they went before they were read"
    assert numbers(rest) == list(range(note.number + 1, 102))


def test_runs_are_counted_back_over_houses(tmp_path: Path) -> None:
    """The latest run is 0, the one before it -1, though every house counts from 1; a number means all runs with it."""
    for house in range(3):
        book = DiskLogBook(tmp_path, wall=lambda: START)
        for run in (1, 2):
            pen = book.writer("api", run=run)
            pen.feed("out", b"house %d\nrun %d\n" % (house, run))
            pen.close()
    reader = LogReader(tmp_path)
    for back in range(6):
        found = [line.text for line in reader.lines(["api"], Query(run=-back))]
        assert found == [f"house {2 - back // 2}", f"run {2 - back % 2}"]
        assert [line.text for line in reader.tail(["api"], 9, Query(run=-back))] == found
    assert list(reader.lines(["api"], Query(run=-6))) == []
    assert len(list(reader.lines(["api"], Query(run=2)))) == 6


def test_new_lines_are_those_that_fit(tmp_path: Path) -> None:
    """What is new goes through the same query as what was there."""
    pen = DiskLogBook(tmp_path, wall=lambda: START).writer("api", run=1)
    pen.feed("out", b"before\n")
    fresh = LogReader(tmp_path).fresh(["api"], Query(grep="b"))
    assert next(fresh) == ()
    pen.feed("out", b"abc\nxyz\n")
    assert [line.text for line in next(fresh)] == ["abc"]


SIGNS = ("a", "b", "ab", "a?", "b*", "a+", ".", "(a|b)", "[ab]", "[^]a]", "[a|(]", "(?:ab)?", "(b)*", "(?i:A)")
MORE = (r"\.", r"\d", r"\x61", "b{2}", "a{0}", "a{,1}", "{x}", "$", "^", "|", "x")
PATTERNS = st.lists(
    st.sampled_from((*SIGNS, *MORE)),
    min_size=1,
    max_size=5,
).map("".join)
SHOWN = ("a", "b", "x", ".", "1", "{", "}", "A", "\x1b[31m", "\x1b]0;ab\x07", "\x1b")
TEXTS = st.lists(st.sampled_from(SHOWN), max_size=8).map("".join)


@given(PATTERNS, st.lists(TEXTS, max_size=8))
def test_the_fast_search_finds_what_the_slow_one_does(pattern: str, texts: list[str]) -> None:
    """Looking for literal parts first changes nothing about what is found, terminal sequences or not."""
    data = b"".join(b"12.000 o1 %s\n" % text.encode() for text in texts)
    found = [line.number for line in Filter(Query(grep=pattern)).lines("api", 1, data)]
    assert found == [at for at, text in enumerate(texts, 1) if re.search(pattern, plain(text))]


WORDS = ("ERROR", "error:", "[fatal]", "WARN", "warn]", "INFO", "debug:", "level=50", "level:warn", "panic(", "x", "o2")


@given(
    st.lists(
        st.tuples(
            st.sampled_from("oenOE"),
            st.sampled_from(["1", "2", "2a", "21"]),
            st.lists(st.sampled_from((*WORDS, "\x1b[31m"))),
        )
    ),
    st.sampled_from([None, "debug", "info", "warning", "error"]),
    st.sampled_from([None, 2]),
)
def test_looking_for_traces_changes_nothing(
    rows: list[tuple[str, str, list[str]]], level: LogLevel | None, run: int | None
) -> None:
    """Levels and runs are found by their traces exactly as by reading every line."""
    raw = [f"12.000 {letter}{pen} {' '.join(words)}".encode() for letter, pen, words in rows]
    wanted = Filter(Query(level=level, run=run))
    slowly = [line.number for at, row in enumerate(raw, 1) if (line := parse("api", at, row)) and wanted.line(line)]
    assert [line.number for line in wanted.lines("api", 1, b"".join(row + b"\n" for row in raw))] == slowly


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("timeout", ("timeout",)),
        (r"took \d+ms", ("took ",)),
        ("refused|reset by peer", ("refused", "reset by peer")),
        (r"user (\d+|none) left", ("user ",)),
        ("line [12]", ("line ",)),
        (r"a\.b", ("a.b",)),
        ("colou?r", ("colo",)),
        ("(?i)error", ()),
        ("a|.", ()),
        (r"\x41", ()),
        ("", ()),
    ],
)
def test_literal_parts_of_patterns(pattern: str, literals: tuple[str, ...]) -> None:
    """What every match must hold is seen where that is easy, and otherwise not guessed."""
    assert literals_in(pattern) == literals
