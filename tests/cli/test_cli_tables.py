"""Pictures of frames, golden at three widths, with and without colour. ``HOMEPORT_GOLDEN=1`` writes them anew."""

import os
from pathlib import Path
from typing import get_args

import pytest

from homeport.cli.screen import instances
from homeport.cli.screen.cause import chain
from homeport.cli.screen.findings import Finding, lines
from homeport.cli.screen.instances import Neighbour
from homeport.cli.screen.paint import STATES, ansi, plain
from homeport.cli.screen.table import status
from homeport.cli.screen.text import width_of
from homeport.model.view import Frame, NodeView, State

GOLDEN = Path(__file__).parent / "golden"
NOW = 1_000_000.0
FRAME = Frame(
    7,
    "shop",
    "shop-two",
    (
        NodeView("postgres", "service", "ready", since=NOW - 7300, ports={"db": 5432}, component="postgres"),
        NodeView("node", "tool", "completed"),
        NodeView("python", "tool", "building", detail="fetching Python 3.12"),
        NodeView("migrate", "task", "completed", detail="nothing changed since its last success"),
        NodeView("seed", "task", "stopped", manual=True),
        NodeView(
            "api",
            "service",
            "ready",
            since=NOW - 61,
            restarts=2,
            ready_replicas=2,
            wanted_replicas=3,
            links={"API": "http://127.0.0.1:8000/docs", "Health": "http://127.0.0.1:8000/health"},
            stale="build compile failed (exit code 1): the last good one runs on",
        ),
        NodeView("compile", "task", "failed", detail="exit code 1", tail=("main.c:3: error: \x1b[31mwhat?\x1b[0m",)),
        NodeView("worker-with-a-rather-long-name", "service", "restarting", detail="2nd time", retry_at=NOW + 4),
        NodeView("größe-日本", "service", "waiting", detail="waiting for migrate, which is running", cause="migrate"),
        NodeView("mail", "service", "disabled", detail="disabled by hand"),
    ),
    file="stack.py",
    file_error="error: NameError: name 'x' is not defined\n  at stack.py:3",
    notices=("saves are not seen: too many watches",),
    paused=True,
)
CHAIN = {
    "type": "chain",
    "name": "api",
    "state": "waiting",
    "detail": "waiting for migrate, which is waiting",
    "links": [
        {"name": "api", "state": "waiting", "reason": "waiting for migrate, which is waiting", "cause": "migrate"},
        {"name": "migrate", "state": "waiting", "reason": "waiting for postgres, which is failed", "cause": "postgres"},
        {"name": "postgres", "state": "failed", "reason": "it failed: exit code 1", "tail": ["no space left"]},
    ],
}
NEIGHBOURS = (
    Neighbour(
        "shop", "shop", "/home/me/shop/stack.py", True, "ready", 12, 90000.0, 250_000_000, ("http://127.0.0.1:80/",)
    ),
    Neighbour("shop-two", "shop", "/home/me/two/stack.py", True, "api failing", 13, 5.0, 80_000_000),
    Neighbour("old", "old", "/gone/stack.py", False, "stopped, its stack file is gone"),
)
FINDINGS = (
    Finding("python", "ok", "Homeport runs on Python 3.12"),
    Finding("file watches", "warning", "fs.inotify.max_user_watches is 8192", "sudo sysctl -w …"),
    Finding("stack", "failed", "two\nlines", "mend it"),
)


@pytest.mark.parametrize("width", [40, 80, 120, None])
@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
def test_status(width: int | None, colour: bool) -> None:
    """The table fits its width, says the state in words, and shows what failed."""
    drawn = status(FRAME, NOW, width, ansi if colour else plain)
    if width is not None and not colour:
        table = drawn[: drawn.index("")]
        assert max(map(width_of, table)) <= width
    check(f"status-{width or 'any'}-{'colour' if colour else 'plain'}", drawn)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_ps(width: int) -> None:
    """Columns leave from the right when there is no room."""
    drawn = instances.table(NEIGHBOURS, width, plain)
    assert max(map(width_of, drawn)) <= width
    check(f"ps-{width}", drawn)


def test_why() -> None:
    """The road from what was asked to what holds it, then the cause's last lines."""
    check("why", chain(CHAIN, plain))


def test_doctor() -> None:
    """Every finding has its verdict in a word, and what to do below."""
    check("doctor", lines(FINDINGS, plain))


def test_every_state_has_a_colour() -> None:
    """A new state cannot be forgotten here."""
    assert set(STATES) == set(get_args(State))


def check(name: str, drawn: list[str]) -> None:
    """Compare with the golden file."""
    path = GOLDEN / f"{name}.txt"
    text = "\n".join(drawn) + "\n"
    if os.environ.get("HOMEPORT_GOLDEN"):
        path.write_text(text)
    assert path.read_text() == text
