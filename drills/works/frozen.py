"""Somebody is stopped with SIGSTOP for a while and goes on: the engine, its guardian, a service."""

import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.stage import GONE, PROGRAMS, Stage
from drills.waiting import until
from homeport.client.client import Client
from homeport.logs.reader import LogReader

STACK = """
import sys
from homeport import Stack, command, http, stop, tcp

PROGRAMS = {programs!r}
stack = Stack("frozen")
quick = {{"every": "50ms", "timeout": "1s", "failures": 1}}
for n in range(4):  # an answer takes long, so that a look is nearly always on its way
    stack.service(
        f"web{{n}}",
        run=[sys.executable, f"{{PROGRAMS}}/answer_while_up.py", "0.1"],
        port=8000 + n,
        ready=http("/", **quick),
        live=http("/", **quick),
        stop=stop(grace="1s"),
    )
stack.service("looked", run="exec sleep 1000", ready=command("sleep 0.1", **quick), live=command("sleep 0.1", **quick))
stack.service("chatty", run=[sys.executable, f"{{PROGRAMS}}/count_lines.py", "0.0001"])
stack.service("calm", run=[sys.executable, f"{{PROGRAMS}}/count_lines.py", "0.01"])
stack.service("saved", run="echo run >> saved-runs; exec sleep 1000", reload=["watched/"])
stack.service("side", run="exec sleep 1000")
stack.task("brief", run="sleep 0.5; echo done >> brief-runs", timeout="2s", manual=True)
"""
LASTING = (*(f"web{n}" for n in range(4)), "looked", "chatty", "calm")
WRITERS = ("chatty", "calm")


class Seen(NamedTuple):
    """What must stay the same of a service that nobody touches."""

    run: int
    pid: int
    ready_since: float


def engine(stage: Stage) -> Values:
    """Stop the engine in the middle of everything, save and ask meanwhile, and let it go on."""
    house, client = _open(stage)
    before = _runs(client)
    client.wish("trigger", names=["brief"])
    until(lambda: client.status(["brief"]).nodes[0].state == "running", "the task was not started")
    time.sleep(stage.chance.uniform(0.0, 0.3))
    with _stopped(house.pid, 3.0 if stage.short else 10.0):
        asked = [stage.start("restart", "side"), stage.start("status", "--json")]
        for _ in range(20):
            stage.write("watched/file", str(stage.chance.random()))
    began = time.monotonic()
    for command in asked:
        code = command.wait(15)
        insist(code == 0 or "does not answer" in stage.said(), f"{command.args!r} ended with {code}: {stage.said()}")
    until(lambda: _runs(client)["saved"] != before["saved"], "the saves were not acted on")
    until(lambda: client.status().settled, f"not at rest again: {client.status()}")
    answered = time.monotonic() - began
    now = _runs(client)
    insist(now["side"].run == 2, f"'side' is in its run {now['side'].run} after one restart")
    insist((stage.folder / "saved-runs").read_text().split() == ["run"] * 2, "saves were not acted on exactly once")
    insist((stage.folder / "brief-runs").read_text().split() == ["done"], "the task did not run exactly once")
    brief = client.status(["brief"]).nodes[0]
    insist(brief.state == "completed", f"the task, long done in time, is {brief.state} ({brief.detail})")
    _insist_on_peace(client, before)
    return {"answered": answered, "lines": _insist_on_lines(stage, client)}


def guardian(stage: Stage) -> Values:
    """Stop the guardian, ask for a restart meanwhile, and let it go on."""
    house, client = _open(stage)
    before = _runs(client)
    with _stopped(stage.guardian(house.pid), 2.0 if stage.short else 10.0):
        client.wish("restart", names=["side"])
    began = time.monotonic()
    until(lambda: _runs(client)["side"].run == 2, "'side' was not restarted")
    until(lambda: client.status().settled, f"not at rest again: {client.status()}")
    answered = time.monotonic() - began
    _insist_on_peace(client, before)
    return {"answered": answered, "lines": _insist_on_lines(stage, client)}


def stopped_guardian(stage: Stage) -> Values:
    """Stop the guardian for good and ask for a kill: the engine replaces it, and nothing is left."""
    house, _ = _open(stage)
    os.kill(stage.guardian(house.pid), signal.SIGSTOP)
    began = time.monotonic()
    done = stage.homeport("down", "--kill")
    insist(done.returncode == 0, f"down ended with {done.returncode}: {done.stdout}{done.stderr}")
    return {"ended": time.monotonic() - began, "gone": time_until_gone(stage)}


def service(stage: Stage) -> Values:
    """Stop a service that has a liveness probe for good: it is restarted, and nobody else is."""
    _, client = _open(stage)
    before = _runs(client)
    pid = before["web0"].pid
    began = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    until(lambda: client.status(["web0"]).nodes[0].state != "ready", "a service that stands still stays ready")
    told = time.monotonic() - began
    until(lambda: _runs(client)["web0"].pid not in (0, pid), "liveness did not start it again")
    until(lambda: client.status(["web0"]).nodes[0].state == "ready", "it did not become ready again")
    healed = time.monotonic() - began
    until(lambda: not os.path.exists(f"/proc/{pid}"), "the stopped program still exists", 2)
    insist(_runs(client)["web0"].run == 2, "it was restarted more than once")
    _insist_on_peace(client, before, {"web0"})
    return {"told": told, "healed": healed}


def _open(stage: Stage) -> "tuple[subprocess.Popen[bytes], Client]":
    (stage.folder / "up").touch()
    stage.write("watched/file", "0")
    stage.write("stack.py", STACK.format(programs=str(PROGRAMS)))
    return stage.up(), stage.client()


@contextmanager
def _stopped(pid: int, seconds: float) -> Iterator[None]:
    """Let a process stand still for so many seconds."""
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        yield
        time.sleep(max(0.0, began + seconds - time.monotonic()))
    finally:
        os.kill(pid, signal.SIGCONT)


def _runs(client: Client) -> dict[str, Seen]:
    """Return what is seen of each service."""
    services = (node for node in client.status().nodes if node.replicas)
    return {node.name: Seen(node.replicas[0].run, node.replicas[0].pid or 0, node.ready_since) for node in services}


def _insist_on_peace(client: Client, before: Mapping[str, Seen], disturbed: Collection[str] = ()) -> None:
    """Insist that nobody was restarted or taken for unready but the ``disturbed``."""
    now = _runs(client)
    for name in LASTING:
        kept = now[name][:2] == before[name][:2] and abs(now[name].ready_since - before[name].ready_since) < 0.5
        insist(kept or name in disturbed, f"{name} has done nothing and went from {before[name]} to {now[name]}")


def _insist_on_lines(stage: Stage, client: Client) -> int:
    """Insist that every numbered line arrived once and in order; return how many."""
    client.wish("disable", names=WRITERS)
    client.wait(WRITERS, "stopped")
    reader = LogReader(next((stage.folder / "state").rglob("logs")))
    count = 0
    for name in WRITERS:
        *numbers, last = [line.text for line in reader.lines([name]) if line.stream == "out"]
        insist(last == f"total {len(numbers)}", f"{name} wrote {last}, and {len(numbers)} lines arrived")
        wrong = next((at for at, text in enumerate(numbers, 1) if text != str(at)), 0)
        insist(not wrong, f"line {wrong} of {name} is {numbers[wrong - 1]!r}")
        count += len(numbers)
    return count


DRILLS = (
    Drill(
        "frozen-engine",
        "While the engine stands still its services run on; afterwards nobody was restarted or taken for unready, every "
        "line is there once and in order, saves and commands of meanwhile are acted on once",
        engine,
        (Figure("all is answered after", "answered", limit=10.0), Figure("lines checked", "lines", unit="")),
    ),
    Drill(
        "frozen-guardian",
        "While the guardian stands still nothing is lost or restarted; what was asked meanwhile follows",
        guardian,
        (Figure("all is answered after", "answered", limit=10.0), Figure("lines checked", "lines", unit="")),
    ),
    Drill(
        "stopped-guardian",
        "A guardian that was stopped for good is replaced, and `down --kill` leaves nothing",
        stopped_guardian,
        (Figure("ended after", "ended", limit=12.0), Figure("gone after", "gone", limit=GONE)),
    ),
    Drill(
        "frozen-service",
        "A service that stands still is unready by its probe and is restarted by its liveness probe, and nobody else is",
        service,
        (Figure("told after", "told", limit=3.0), Figure("ready again after", "healed", limit=10.0)),
    ),
)
