"""What twenty services need crashes again and again, until somebody mends it."""

import time
from collections.abc import Sequence
from itertools import pairwise

from drills import seen
from drills.drill import Drill, Figure, Values, insist
from drills.load import Load
from drills.stage import PROGRAMS, Stage
from drills.waiting import until
from homeport.client.client import Client

STACK = """
from homeport import Stack, command

stack = Stack("crashing")
db = stack.service("db", run=["sh", {program!r}, "{lives}"], ready=command("test -e serving"), reload=["mended"])
for n in range(20):
    run = f"test -e serving || echo s{{n}} >> early; echo s{{n}} >> started; exec sleep 1000"
    stack.service(f"s{{n}}", run=run, needs=[db])
"""
FIRST = 0.5
"""The first pause after a crash, in seconds; each further one is twice as long."""
SOONER, LATER = 0.05, 1.0
"""What rounding may take away from a pause, and what a busy machine may add by starting and ending late."""


def dependency(stage: Stage) -> Values:
    """Let it crash, look at everything that is told meanwhile, mend it, and wait for all."""
    lives = stage.chance.choice([0.0, 0.005, 0.05, 0.3])
    stage.write("stack.py", STACK.format(program=str(PROGRAMS / "crash_until_mended.sh"), lives=lives))
    house = stage.start("up")
    client = stage.client()
    crashes = 4 if stage.short else 5
    until(lambda: len(_starts(stage)) == 2, "it was not started a second time")
    load = Load(house.pid)
    until(lambda: len(_starts(stage)) == crashes, f"it was not started {crashes} times")
    busy = load.per_second()
    until(lambda: seen.node(client, "db").state == "restarting", "the last crash was not seen")
    _insist_on_pauses(_starts(stage), lives)
    _insist_on_reasons(client, crashes)
    insist(not (stage.folder / "started").exists(), "a dependent was started while what it needs crashed")
    mended = time.monotonic()
    (stage.folder / "mended").touch()
    until(lambda: all(node.state == "ready" for node in client.status().nodes), f"not healed: {client.status()}")
    healed = time.monotonic() - mended
    early = stage.folder / "early"
    insist(not early.exists(), f"started before what they need served: {early.exists() and early.read_text().split()}")
    insist(len((stage.folder / "started").read_text().split()) == 20, "a dependent was started twice")
    return {"busy": busy, "healed": healed}


def _starts(stage: Stage) -> list[float]:
    path = stage.folder / "starts"
    return [float(word) for word in path.read_text().split()] if path.exists() else []


def _insist_on_pauses(starts: Sequence[float], lives: float) -> None:
    for number, (before, after) in enumerate(pairwise(starts)):
        wanted, pause = FIRST * 2**number, after - before - lives
        kept = wanted - SOONER < pause < wanted + LATER
        insist(kept, f"pause {number + 1}: {pause:.2f} s, not {wanted:g} s")


def _insist_on_reasons(client: Client, crashes: int) -> None:
    nodes = client.status().nodes
    db = next(node for node in nodes if node.name == "db")
    insist("exit code 3" in db.detail and f"{crashes} times in a row" in db.detail, f"db tells only {db.detail!r}")
    insist("no money left" in "".join(db.tail), f"db shows no last words: {db.tail}")
    for node in nodes:
        told = node.name == "db" or (node.state == "waiting" and node.cause == "db" and "db" in node.detail)
        insist(told, f"{node.name} is {node.state} ({node.detail})")
    links = client.why("s7")["links"]
    insist("exit code 3" in links[-1]["reason"], f"why s7 ends in {links[-1]}")


DRILLS = (
    Drill(
        "crash-loop",
        "A dependency that crashes pauses longer each time, its twenty dependents wait and say for what, and all are "
        "ready soon after a save that mends it",
        dependency,
        (
            Figure("engine's processor", "busy", "cores", limit=0.1),
            Figure("twenty ready after the mending save", "healed", limit=5.0),
        ),
    ),
)
