"""Two ways to show a running house, golden against a terminal in memory."""

import io
import os
from pathlib import Path

import pytest

from homeport.cli.call import terminal
from homeport.cli.screen.changes import change
from homeport.cli.screen.farewell import objects_stay, waiting_for
from homeport.cli.screen.outputs import Lines, Live
from homeport.cli.screen.paint import plain
from homeport.cli.screen.region import Region
from homeport.cli.screen.terminal import Terminal
from homeport.cli.screen.text import ago, clean, cut, width_of
from homeport.client.board import Board
from homeport.model.lines import LogLine
from homeport.model.view import Frame, NodeView

GOLDEN = Path(__file__).parent / "golden"


class Screen(io.StringIO):
    """A terminal in memory."""

    def isatty(self) -> bool:
        """Whether it is one: yes."""
        return True


def frames() -> list[Frame]:
    """A house that starts, has a failure, becomes ready, and closes."""
    db, api = NodeView("db", "service", "starting"), NodeView("api", "service", "waiting", detail="waiting for db")
    failed = NodeView("db", "service", "failed", detail="exit code 1", tail=("no room",))
    ready = NodeView("api", "service", "ready", since=90.0, links={"API": "http://127.0.0.1:80/"})
    return [
        Frame(1, "demo", "demo", (db, api)),
        Frame(2, "demo", "demo", (failed,), since=1, file_error="error: bad\n  --> stack.py:1"),
        Frame(3, "demo", "demo", (NodeView("db", "service", "ready", since=95.0), ready), since=2),
        Frame(4, "demo", "demo", (NodeView("api", "service", "stopping"),), since=3, closing=True),
    ]


def play(output: Lines | Live) -> None:
    """Show the whole story."""
    board = Board()
    said = [
        [LogLine("api", 1, 0.0, "out", "\x1b[2Jhello \x1b[32mgreen\x1b[0m")],
        [LogLine("db", 1, 0.0, "note", "again")],
    ]
    for index, frame in enumerate(frames()):
        output.show(board, board.take(frame), said[index] if index < 2 else [], [("api", 6.6)] if frame.closing else [])
    output.end()


def test_what_was_said_is_not_said_again() -> None:
    """The notices and the file error of a known frame are no news; what comes later is."""
    stream, board = io.StringIO(), Board()
    known = Frame(1, "demo", "demo", (), file_error="error: bad", notices=("old",))
    output = Lines(Terminal(stream, live=False, colour=False), may_kill=True, known=known)
    for frame in (known, Frame(2, "demo", "demo", (), since=1, file_error="error: bad", notices=("old", "new"))):
        output.show(board, board.take(frame), (), ())
    assert stream.getvalue() == "note: new\n"


def test_notices_stand_above_the_table() -> None:
    """Each is said once, also where the picture is drawn anew all the time."""
    screen, board = Screen(), Board()
    output = Live(Terminal(screen, live=True, colour=False), lambda: 0.0, bottom="", may_kill=True)
    for revision, notices in enumerate(((), ("new",), ("new",), ("new", "newer")), 1):
        frame = Frame(revision, "demo", "demo", (), since=revision - 1, notices=notices)
        output.show(board, board.take(frame), (), ())
    assert (screen.getvalue().count("note: new\n"), screen.getvalue().count("note: newer\n")) == (1, 1)


def test_lines() -> None:
    """Without a terminal every change is a line, and nothing is said twice."""
    stream = io.StringIO()
    play(Lines(terminal({}, stream), may_kill=True))
    check("lines", stream.getvalue())


@pytest.mark.parametrize("columns", [40, 80])
def test_live(columns: int) -> None:
    """On a terminal a table stays below the lines that scroll by."""
    stream = Screen()
    shown = terminal({"TERM": "xterm", "COLUMNS": str(columns)}, stream)
    assert shown.live
    play(Live(shown, lambda: 100.0, bottom="Ctrl-C ends it.", may_kill=True))
    check(f"live-{columns}", stream.getvalue().replace("\x1b", "^[").replace("\r", "^M"))


@pytest.mark.parametrize(
    ("environ", "live", "colour"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "CI": "true"}, False, True),
        ({"TERM": "dumb"}, False, False),
        ({}, False, False),
        ({"TERM": "xterm", "FORCE_COLOR": "0"}, True, False),
    ],
)
def test_a_terminal_is_used_as_the_environment_says(environ: dict[str, str], live: bool, colour: bool) -> None:
    """NO_COLOR, FORCE_COLOR, CI and a dumb terminal are honoured."""
    found = terminal(environ, Screen())
    assert found.live is live
    assert ("\x1b" in found.paint("red", "x")) is colour


def test_a_region_that_did_not_change_is_not_drawn() -> None:
    """An idle house writes nothing to the terminal."""
    written: list[str] = []
    region = Region(written.append)
    region.draw([], ["one", "two"])
    region.draw([], ["one", "two"])
    assert len(written) == 1
    region.draw(["above"], ["one"])
    assert written[1] == "\x1b[?2026h\x1b[2A\r\x1b[Jabove\none\n\x1b[?2026l"


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("hello", 5, "hello"), ("hello!", 5, "hell…"), ("日本語", 5, "日本…"), ("a b c", 3, "a…"), ("x", 0, "…")],
)
def test_text_is_cut_to_columns(text: str, width: int, shown: str) -> None:
    """Wide letters take two columns; nothing is cut that fits."""
    assert cut(text, width) == shown
    assert width_of(shown) <= max(width, 1)


@pytest.mark.parametrize(
    ("raw", "shown", "coloured"),
    [
        ("\x1b[31mred\x1b[0m", "red", "\x1b[31mred\x1b[0m\x1b[0m"),
        ("\x1b[2J\x1b[H\x1b]0;title\x07x\x07y\x00", "xy", "xy"),
        ("\x1b[?25lspin", "spin", "spin"),
        ("tab\there", "tab\there", "tab\there"),
    ],
)
def test_a_program_cannot_move_the_cursor(raw: str, shown: str, coloured: str) -> None:
    """Only colours of a program reach the terminal, and they end with the line."""
    assert clean(raw, colour=False) == shown
    assert clean(raw, colour=True) == coloured


def test_the_farewell_names_the_slowest() -> None:
    """Who is waited for, how long, and what a second Ctrl-C does."""
    assert waiting_for([("postgres", 7.2)], may_kill=True) == "Waiting for postgres, 7 s left; Ctrl-C again to kill"
    assert waiting_for([("a", 1.0), ("b", 2.0)], may_kill=False) == "Waiting for b and 1 more, 2 s left"


def test_the_farewell_tells_what_runs_on() -> None:
    """What is on a cluster outlives the house, and goes with `down`."""
    said = "Still there: 3 services on lab/shop. `homeport down` removes that, volumes only with --data."
    assert objects_stay("3 services on lab/shop") == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59.9, "59 s"), (60, "1 m"), (7300, "2 h"), (90000, "1 d")]
)
def test_ages_are_short(seconds: float, said: str) -> None:
    """The largest unit is enough."""
    assert ago(seconds) == said


def test_a_terminal_without_a_size_has_no_limit() -> None:
    """A pipe gets whole lines."""
    assert Terminal(io.StringIO(), live=False, colour=False).width is None


def check(name: str, text: str) -> None:
    """Compare with the golden file."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("HOMEPORT_GOLDEN"):
        path.write_text(text)
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (
            None,
            NodeView("node", "tool", "building", detail="fetching Node 22"),
            ["* node is building: fetching Node 22"],
        ),
        (NodeView("node", "tool", "building"), NodeView("node", "tool", "ready"), ["* node is ready"]),
        (NodeView("node", "tool", "ready"), NodeView("node", "tool", "stopped"), []),
        (None, NodeView("key", "secret", "ready"), []),
        (NodeView("api", "service", "ready"), NodeView("api", "service", "ready", restarts=1), []),
        (None, NodeView("api", "service", "waiting", detail="waiting for db"), ["* api is waiting for db"]),
    ],
)
def test_only_news_is_a_line(before: NodeView | None, now: NodeView, said: list[str]) -> None:
    """Tools and secrets speak while they hold something up; nothing is said twice."""
    assert change(before, now, plain) == said
