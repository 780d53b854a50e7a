"""The format of a line, and what is read from it."""

import re
from pathlib import Path

import pytest

from homeport.kit.terminal import plain
from homeport.logs.book import DiskLogBook
from homeport.logs.levels import level_of
from homeport.logs.lines import parse
from homeport.logs.reader import LogReader
from homeport.model.lines import LogLine


def test_the_format_is_greppable(tmp_path: Path) -> None:
    """One line on disk is time, stream and run, text; a cut line has a capital; the second open pen of a run a letter."""
    book = DiskLogBook(tmp_path, wall=lambda: 1763712982.5)
    pen = book.writer("api", run=3)
    pen.feed("out", b"hello \xff\n")
    pen.feed("err", b"x" * 70_000 + b"\n")
    pen.note("restarting\nagain")
    book.writer("api", run=3).feed("out", b"second\n")
    rows = (tmp_path / "api" / "000000000001.log").read_bytes().split(b"\n")
    assert rows[0] == b"1763712982.500 o3 hello \xff"
    assert re.fullmatch(rb"1763712982\.500 E3 x{30000,}", rows[1])
    assert re.fullmatch(rb"1763712982\.500 e3 x+", rows[2])
    assert rows[3:] == [b"1763712982.500 n3 restarting", b"1763712982.500 n3 again", b"1763712982.500 o3a second", b""]
    assert {line.run for line in book.tail(["api"], 10)} == {3}


@pytest.mark.parametrize("raw", [b"", b"x", b"12.5 o1", b"12.5 q1 text", b"abc o1 text", b"\0\0\0\0"])
def test_foreign_lines_are_passed_over(raw: bytes) -> None:
    """What is not a line of ours is none."""
    assert parse("api", 1, raw) is None


def test_the_pieces_of_a_cut_line_say_that_they_go_on(tmp_path: Path) -> None:
    """Every piece of a line that was cut for its length says so but the last one, and together they are the line."""
    pen = DiskLogBook(tmp_path, wall=lambda: 0.0).writer("api", run=1)
    long = bytes(ord("a") + at % 26 for at in range(300_000))
    pen.feed("out", b"before\n" + long[:100_000])
    pen.feed("out", long[100_000:] + b"\nafter\n")
    before, *pieces, after = LogReader(tmp_path).lines(["api"])
    assert "".join(piece.text for piece in pieces).encode() == long
    assert [piece.continues for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert not before.continues
    assert not after.continues


def test_a_line_is_read_back() -> None:
    """Number, time, stream, run, level and text are read from a line."""
    assert parse("api", 7, b"12.500 e2 ERROR no") == LogLine("api", 7, 12.5, "err", "ERROR no", "error", 2)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("2025-11-21 08:16:22 ERROR something", "error"),
        ("[FATAL] gone", "error"),
        ("FATAL:  the database system is starting up", "error"),
        ("LOG:  ready", "info"),
        ("WARN slow", "warning"),
        ("WARNING: slow", "warning"),
        ("warning: unused variable", "warning"),
        ("error[E0308]: mismatched types", "error"),
        ("INFO:     Started server process", "info"),
        ("\x1b[32mINFO\x1b[0m: ok", "info"),
        ("DEBUG x", "debug"),
        ('{"level":"error","msg":"x"}', "error"),
        ('{"time":1,"level": "warn"}', "warning"),
        ('{"level":30,"msg":"pino"}', "info"),
        ('{"level":50,"msg":"pino"}', "error"),
        ("level=debug msg=x", "debug"),
        ("the errors are none", None),
        ("GET /error 200", None),
        ("", None),
    ],
)
def test_levels_are_guessed(text: str, level: str | None) -> None:
    """The usual words and JSON fields tell how grave a line is; other text does not."""
    assert level_of(text) == level


def test_notes_are_information() -> None:
    """What Homeport says is information, whatever words it quotes."""
    assert level_of("killed after ERROR", "note") == "info"


def test_terminal_sequences_can_be_stripped() -> None:
    """Colours, cursor moves, titles and links are no text."""
    assert plain("\x1b[1;31mred\x1b[0m \x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1b[2K") == "red ab"
