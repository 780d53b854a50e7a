"""What many need is ready and unready by turns, ten times a second."""

import time
from pathlib import Path

from drills.drill import Drill, Figure, Values, insist
from drills.load import Load
from drills.seen import node, pids
from drills.stage import PROGRAMS, Stage
from drills.waiting import until
from homeport.client.client import Client

STACK = """
import sys
from homeport import Stack, command, http, ready

stack = Stack("flapping")
web = stack.service(
    "web", run=[sys.executable, {program!r}], port=8000, ready=http("/", every="20ms", successes=1, failures=1)
)
queue = stack.service("queue", run="exec sleep 1000", ready=command("test -e up", every="50ms", failures=1))
patient = stack.service("patient", run="exec sleep 1000", ready=command("test -e up", every="150ms", failures=30))
for n in range(5):
    stack.service(f"plain{{n}}", run="exec sleep 1000", needs=[web, queue])
    stack.service(f"bound{{n}}", run="exec sleep 1000", needs=[ready(web, cascade=True), ready(queue, cascade=True)])
"""
TURNS = 10
"""How often in a second it turns."""
FLAPPING = ("web", "queue")


def dependency(stage: Stage) -> Values:
    """Let a web server and a program with a probing command flap, then hold still in either state."""
    stage.write("stack.py", STACK.format(program=str(PROGRAMS / "answer_while_up.py")))
    up = stage.folder / "up"
    up.touch()
    house = stage.up()
    client = stage.client()
    running, patient = pids(client.status()), _ready_since(client, "patient")
    load = Load(house.pid)
    before = client.status().revision
    _flap(up, 4.0 if stage.short else 10.0)
    busy = load.per_second()
    turns = client.status().revision - before
    insist(turns >= TURNS, f"the trouble was none: only {turns} revisions")
    insist(_ready_since(client, "patient") == patient, "one that waits for 30 bad looks in a row lost patience earlier")
    settled = {here: _settle(client, up, ready=here) for here in (False, True)}
    insist(pids(client.status()) == running, "a service was started again because another one flapped")
    return {"busy": busy, "settled": max(settled.values())}


def _flap(up: Path, seconds: float) -> None:
    began = time.monotonic()
    for turn in range(1, int(seconds * TURNS) + 1):
        time.sleep(max(0.0, began + turn / TURNS - time.monotonic()))
        up.unlink() if turn % 2 else up.touch()


def _settle(client: Client, up: Path, *, ready: bool) -> float:
    """Hold still and return the seconds until the states tell the truth; they must go on to."""
    began = time.monotonic()
    up.touch() if ready else up.unlink()
    until(lambda: _states(client) == {"ready" if ready else "unready"}, f"no truth: {client.status(FLAPPING)}", 10)
    took = time.monotonic() - began
    revision = client.status().revision
    time.sleep(1.0)
    now = client.status()
    insist(now.revision == revision, f"something still changes, {now.revision - revision} times in a second")
    insist(now.settled or not ready, "a house at rest is not settled")
    for each in client.status(FLAPPING).nodes:
        insist(ready or "503" in each.detail or "exit code 1" in each.detail, f"{each.name} tells {each.detail!r}")
    return took


def _states(client: Client) -> set[str]:
    return {each.state for each in client.status(FLAPPING).nodes}


def _ready_since(client: Client, name: str) -> float:
    return node(client, name).ready_since


DRILLS = (
    Drill(
        "flapping",
        "A dependency that is ready and unready by turns ten times a second restarts nobody; when it holds still, the "
        "states are true",
        dependency,
        (
            Figure("engine's processor", "busy", "cores", limit=0.4),
            Figure("true states after it holds still", "settled", limit=2.0),
        ),
    ),
)
