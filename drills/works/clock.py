"""Somebody sets the machine's clock forward and back while everything runs."""

import os

from drills.drill import Drill, Figure, Values, insist
from drills.stage import PROGRAMS, Stage
from drills.waiting import until
from homeport.client.client import Client

STACK = """
import sys
from homeport import Stack, command, http, restart

PROGRAMS = {programs!r}
stack = Stack("clock")
quick = {{"every": "50ms", "timeout": "500ms", "failures": 1}}
web = stack.service(
    "web",
    run=[sys.executable, f"{{PROGRAMS}}/answer_while_up.py"],
    port=8000,
    ready=http("/", **quick),
    live=http("/", **quick),
    reload=["watched/"],
)
stack.service("looked", run="exec sleep 1000", ready=command("true", **quick), needs=[web])
stack.service("calm", run=[sys.executable, f"{{PROGRAMS}}/count_lines.py", "0.005"])
stack.service("crashing", run="sleep 0.1; echo again >> crashes; exit 1", restart=restart(first="300ms", longest="300ms"))
"""
DAY = 86400
STEADY = ("web", "looked", "calm")


def jumps(stage: Stage) -> Values:
    """Set the clock a day forward, two days back, and to random times; then save, and look at what was told meanwhile."""
    (stage.folder / "up").touch()
    stage.write("watched/file", "0")
    stage.write("stack.py", STACK.format(programs=str(PROGRAMS)))
    _let_clock_be_set(stage)
    stage.start("up")
    client = stage.client()
    until(lambda: all(node.state == "ready" for node in client.status(STEADY).nodes), "not ready")
    before = _runs(client)
    offsets = [DAY, -DAY, 0, *(stage.chance.uniform(-DAY, DAY) for _ in range(0 if stage.short else 7))]
    for offset in offsets:
        stage.write("clock", str(offset))
        _insist_on_retries(stage, f"no retries any more at {offset:+g} s")
        insist(_runs(client) == before, f"at {offset:+g} s something was restarted: {before}, now {_runs(client)}")
        states = {node.name: node.state for node in client.status(STEADY).nodes}
        insist(set(states.values()) == {"ready"}, f"at {offset:+g} s: {states}")
    _insist_on_one_restart(stage, client, before)
    return {"jumps": len(offsets), "lines": _insist_on_order(stage, client)}


def _insist_on_one_restart(
    stage: Stage, client: Client, before: dict[str, tuple[int, int | None, dict[str, int]]]
) -> None:
    stage.write("watched/file", "1")
    number, _, ports = before["web"]
    until(lambda: _runs(client)["web"][0] != number, "a save is not acted on")
    until(lambda: client.status(["web"]).nodes[0].state == "ready", "not ready after a save")
    now = _runs(client)["web"]
    insist((now[0], now[2]) == (number + 1, ports), f"after one save 'web' went from {before['web']} to {now}")


def _insist_on_order(stage: Stage, client: Client) -> int:
    """Insist that the screen and the log show every numbered line once and in order; return how many."""
    client.wish("disable", names=["calm"])
    client.wait(["calm"], "stopped")
    shown = until(lambda: _numbers(stage.said()) if "total" in stage.said() else [], "the screen lacks the end")
    logged = _numbers(stage.homeport("logs", "calm", "--tail", "1000000").stdout)
    for where, numbers in (("on the screen", shown), ("in the log", logged)):
        wrong = next((at for at, number in enumerate(numbers, 1) if number != at), 0)
        insist(len(numbers) > 100 and not wrong, f"line {wrong} of {len(numbers)} {where} is {numbers[wrong - 1]}")
    return len(shown)


def _numbers(text: str) -> list[int]:
    """Return the numbers that 'calm' said, as they are shown."""
    rows = (line.partition("|") for line in text.splitlines())
    return [int(said) for name, _, said in rows if name.strip() == "calm" and said.strip().isdigit()]


def _runs(client: Client) -> dict[str, tuple[int, int | None, dict[str, int]]]:
    """Return run, process and ports of all that runs steadily."""
    nodes = client.status(STEADY).nodes
    return {node.name: (node.replicas[0].run, node.replicas[0].pid, dict(node.ports)) for node in nodes}


def _insist_on_retries(stage: Stage, otherwise: str) -> None:
    enough = _crashes(stage) + 2
    until(lambda: _crashes(stage) >= enough, otherwise, 5)


def _crashes(stage: Stage) -> int:
    path = stage.folder / "crashes"
    return len(path.read_text().split()) if path.exists() else 0


def _let_clock_be_set(stage: Stage) -> None:
    """Let the wall clock of every Python of this round be off by what the file ``clock`` says."""
    stage.write("clock", "0")
    found = os.environ.get("PYTHONPATH")
    stage.more["DRILL_CLOCK"] = str(stage.folder / "clock")
    stage.more["PYTHONPATH"] = os.pathsep.join(filter(None, (str(PROGRAMS / "other_clock"), found)))


DRILLS = (
    Drill(
        "clock",
        "While the wall clock is set forward and back by a day nothing is restarted or given up, saves are acted on, and "
        "the screen and the log keep the order of lines",
        jumps,
        (Figure("jumps", "jumps", unit=""), Figure("lines checked", "lines", unit="")),
        rounds=3,
    ),
)
