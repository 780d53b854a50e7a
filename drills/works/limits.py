"""An ordinary user's limits of processes and of open files are reached while a stack starts."""

import signal
import time
from collections.abc import Callable, Sequence

import msgspec

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.other_user import give, homeport, needs, run, start
from drills.seen import Pids, pids
from drills.stage import GONE, Stage
from drills.waiting import until
from homeport.model.view import Frame

SERVICES = 30
PROCESSES = SERVICES // 2 + 5
FILES = 80
PLENTY = 4096
STACK = f"""
from homeport import Stack, restart

stack = Stack("limited")
for n in range({SERVICES}):
    stack.service(f"s{{n}}", run="echo here; exec sleep 1000", restart=restart(longest="1s"))
"""


def processes(stage: Stage) -> Values:
    """Meet the limit of processes, then raise it."""

    def heal(house: int, _ready: Sequence[str]) -> int:
        for pid in (house, stage.guardian(house)):
            run(stage, ["prlimit", f"--pid={pid}", f"--nproc={PLENTY}"])
        return SERVICES

    return _limited(stage, f"--nproc={PROCESSES}:{PLENTY}", ("no more processes can be started", "ulimit -u"), heal)


def files(stage: Stage) -> Values:
    """Meet the hard limit of open files, then end some of those that have a place."""

    def heal(_house: int, ready: Sequence[str]) -> int:
        done = run(stage, homeport("disable", *ready[: len(ready) // 2]))
        insist(done.returncode == 0, f"disable failed: {done.stderr}")
        return len(ready) - 1  # one place may go to a log that is open between two attempts

    return _limited(stage, f"--nofile={FILES}:{FILES}", ("too many files are open", "ulimit -n"), heal)


def _limited(stage: Stage, limit: str, told: tuple[str, str], heal: Callable[[int, Sequence[str]], int]) -> Values:
    """Start under a limit, look at what is told, ``heal`` (which returns how many are then ready), end."""
    stage.write("stack.py", STACK)
    give(stage)
    house = start(stage, ["prlimit", limit, *homeport("up")])
    until(lambda: len(_refused(stage)) + len(_ready(stage)) == SERVICES, f"never at the limit: {stage.said()[-2000:]}")
    ready = _ready(stage)
    insist(0 < len(ready) < SERVICES, f"{len(ready)} of {SERVICES} were started")
    before = _pids(stage)
    _insist_on_reasons(stage, told)
    began = time.monotonic()
    wanted = heal(house.pid, ready)
    until(lambda: len(_ready(stage)) >= wanted, f"only {_ready(stage)} after room was made, not {wanted}")
    healed = time.monotonic() - began
    kept = {name: pid for name, pid in before.items() if name in _ready(stage)}
    insist(_pids(stage).items() >= kept.items(), f"one that ran was started again: {before}, then {_pids(stage)}")
    end = stage.chance.choice((signal.SIGINT, signal.SIGKILL))
    house.send_signal(end)
    code = house.wait()
    insist(code == (130 if end == signal.SIGINT else -end), f"it ended with {code}")
    insist("Traceback" not in stage.said() and "mistake of Homeport" not in stage.said(), stage.said()[-3000:])
    return {"ready": len(ready), "healed": healed, "gone": time_until_gone(stage)}


def _insist_on_reasons(stage: Stage, told: tuple[str, str]) -> None:
    reason, step = told
    refused = _refused(stage)[0]
    why = run(stage, homeport("why", refused)).stdout
    insist(reason in why and step in why, f"why {refused} says only: {why}")
    logs = run(stage, homeport("logs", refused)).stdout
    insist(reason in logs and step in logs, f"logs {refused} says only: {logs}")
    notices = _frame(stage).notices
    insist(not any("bug in Homeport" in notice for notice in notices), f"it is called a bug: {notices}")


def _frame(stage: Stage) -> Frame:
    """Return what ``status`` says; nobody while there is no house yet."""
    done = run(stage, homeport("status", "--json"))
    insist("Traceback" not in done.stderr, f"status fails: {done.stderr}")
    return msgspec.json.decode(done.stdout, type=Frame) if done.returncode == 0 else Frame(0, "", "", ())


def _ready(stage: Stage) -> list[str]:
    return [node.name for node in _frame(stage).nodes if node.state == "ready"]


def _refused(stage: Stage) -> list[str]:
    return [node.name for node in _frame(stage).nodes if "could not be started" in node.detail]


def _pids(stage: Stage) -> Pids:
    frame = _frame(stage)
    return pids(frame, but=[node.name for node in frame.nodes if node.state != "ready"])


HEALED = Figure("others started after room was made", "healed", limit=15.0)
DRILLS = (
    Drill(
        "process-limit",
        "At the limit of processes those that run go on, the others say why and what to do, and start once it is raised",
        processes,
        (Figure("started within the limit", "ready", ""), HEALED, Figure("gone after", "gone", limit=GONE)),
        needs=needs,
    ),
    Drill(
        "file-limit",
        "At the hard limit of open files the same, and others start in the places of those that end",
        files,
        (Figure("started within the limit", "ready", ""), HEALED, Figure("gone after", "gone", limit=GONE)),
        needs=needs,
    ),
)
