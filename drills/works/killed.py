"""The engine is killed with signal 9, or dies of itself: while it starts, reloads, ends, reads its file, runs a task."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache, partial

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.stage import GONE, PROGRAMS, Stage, stage
from drills.waiting import until

MANY = """
from homeport import Stack

stack = Stack("killed")
for n in range(10):
    stack.service(f"s{n}", run=["sh", "-c", "sleep 1000 & sleep 1000"])
"""

TOWN = """
from homeport import Stack, stop

stack = Stack("killed")
prepare = stack.task("prepare", run="sleep 0.1")
for n in range(3):
    stack.service(f"s{n}", run=[PYTHON, LISTENER], port=FIRST + n, reload=["watched.txt"], needs=[prepare] if n else [])
stack.service("forks", run=["sh", "-c", "sleep 1000 & setsid sleep 1000"], reload=["watched.txt"])
if DEAF:
    stack.service("deaf", run=[PYTHON, LISTENER, "deaf"], port=FIRST + 9, stop=stop(grace="1s"))
"""
"""Children, ports, a task, and one that ignores SIGTERM."""

ENDLESS = """
import signal, subprocess, time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["sleep", "1000"])
open("evaluating", "w").close()
while True:
    time.sleep(1)
"""

TASK = """
from homeport import Stack

stack = Stack("killed")
work = stack.task("work", run="trap '' TERM; sleep 1000 & echo > working; sleep 1000")
stack.service("api", run=["sleep", "1000"], needs=[work])
"""


def town(stage: Stage) -> bool:
    """Write the stack of the random drills; return whether one service is deaf, which costs CI three seconds a time."""
    deaf = not stage.short or stage.chance.random() < 0.3
    first = stage.chance.randrange(20_000, 32_000)  # below what systems give to outgoing connections
    stage.write("watched.txt", "one")
    stage.write_stack(TOWN, PYTHON=sys.executable, LISTENER=str(PROGRAMS / "listener.py"), FIRST=first, DEAF=deaf)
    return deaf


def ports(stage: Stage) -> list[int]:
    """Return the ports that the services of this round were told."""
    path = stage.folder / "ports"
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def gone(stage: Stage, at: float) -> Values:
    """Count how long everything takes to be gone, and insist that no service ever lived twice at once."""
    seconds = time_until_gone(stage, ports(stage))
    insist_on_single_copies(stage)
    return {"seconds": seconds, "at": at}


def insist_on_single_copies(stage: Stage) -> None:
    """Insist that no service of the town ever lived twice at once: each notes when it meets itself."""
    clashes = stage.folder / "clashes"
    insist(not clashes.exists(), f"two copies at once: {clashes.read_text() if clashes.exists() else ''}")


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal; who has just ended by itself is no matter."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


@cache
def span() -> float:
    """Return the seconds that the town takes on this machine from the start of the process until all is ready."""
    with stage("span", short=True) as trial:
        town(trial)
        began = time.monotonic()
        house = trial.up()
        took = time.monotonic() - began
        kill(house.pid)
        house.wait()
        return took


def engine(stage: Stage) -> Values:
    """Kill the engine and count."""
    stage.write("stack.py", MANY)
    house = stage.up()
    kill(house.pid)
    house.wait()
    return {"seconds": time_until_gone(stage)}


def while_starting(stage: Stage) -> Values:
    """Kill the engine at any moment between the start of its process and all being ready."""
    town(stage)
    at = stage.chance.uniform(0, span() * 1.1)
    house = stage.start("up")
    time.sleep(at)
    kill(house.pid)
    house.wait()
    return gone(stage, at)


def while_reloading(stage: Stage) -> Values:
    """Save what a service watches, or the stack file itself, and kill the engine soon after."""
    town(stage)
    house = stage.up()
    at = stage.chance.uniform(0, 0.6)
    if stage.chance.random() < 0.5:
        stage.write("watched.txt", "two")
    else:
        file = stage.folder / "stack.py"
        file.write_text(file.read_text() + 'stack.service("late", run=["sh", "-c", "sleep 1000 & sleep 1000"])\n')
    time.sleep(at)
    kill(house.pid)
    house.wait()
    return gone(stage, at)


def while_ending(stage: Stage) -> Values:
    """Ask the house to end, and kill the engine before it has; the command that asked returns once all is gone."""
    deaf = town(stage)
    house = stage.up()
    at = stage.chance.uniform(0, 1.6 if deaf else 0.5)
    unmarked = {name: value for name, value in stage.environ.items() if name != "DRILL"}  # who asks is not to be gone
    with subprocess.Popen(
        stage.command("down"), cwd=stage.folder, env=unmarked, stdout=subprocess.PIPE, text=True
    ) as down:
        try:
            time.sleep(at)
            kill(house.pid)
            killed_at = time.monotonic()
            house.wait()
            found = gone(stage, at)
            said, _ = down.communicate(timeout=30)
        finally:
            down.kill()
        insist(down.returncode == 0, f"down ended with {down.returncode}: {said}")
        return {**found, "returned": time.monotonic() - killed_at}


def detached(stage: Stage) -> Values:
    """Kill the engine of ``up -d``."""
    town(stage)
    done = stage.homeport("up", "-d", "--json")
    insist(done.returncode == 0, f"up -d ended with {done.returncode}: {done.stderr}")
    kill(json.loads(done.stdout)["pid"])
    return gone(stage, 0.0)


def crashed(stage: Stage, number: int) -> Values:
    """Let the engine die as a program with a broken library does."""
    town(stage)
    house = stage.up()
    kill(house.pid, number)
    insist(house.wait() == -number, f"the engine ended with {house.returncode}")
    return gone(stage, 0.0)


def asked(stage: Stage, number: int) -> Values:
    """Ask the engine by a signal: a polite end with the code of the table."""
    town(stage)
    house = stage.up()
    began = time.monotonic()
    kill(house.pid, number)
    insist(house.wait() == 128 + number, f"the exit code was {house.returncode}: {stage.said()[-500:]}")
    return {**gone(stage, 0.0), "seconds": time.monotonic() - began}


def while_evaluating(stage: Stage, *, again: bool) -> Values:
    """Kill the engine while a stack file is read that never ends: the first one, or a saved one."""
    if again:
        town(stage)
        house = stage.up()
        stage.write("stack.py", ENDLESS)
    else:
        stage.write("stack.py", ENDLESS)
        house = stage.start("up")
    until((stage.folder / "evaluating").exists, "the file was never read")
    kill(house.pid)
    house.wait()
    return gone(stage, 0.0)


def while_working(stage: Stage) -> Values:
    """Kill the engine while a task runs."""
    stage.write("stack.py", TASK)
    house = stage.start("up")
    until((stage.folder / "working").exists, "the task never ran")
    kill(house.pid)
    house.wait()
    return gone(stage, 0.0)


def _drill(name: str, promise: str, act: Callable[[Stage], Values], rounds: int = 5, short: int = 1) -> Drill:
    figures = [Figure("gone after", "seconds", limit=GONE)]
    if rounds > 5:
        figures.append(Figure("killed at", "at"))
    return Drill(name, promise, act, tuple(figures), rounds, short)


DRILLS = (
    _drill("kill-engine", "Ten services with children are gone after the engine was killed with signal 9", engine),
    _drill("kill-up", "Nothing is left of an engine killed at a random moment of its start", while_starting, 20, 3),
    _drill("kill-reload", "Nothing is left of an engine killed while it reloads", while_reloading, 20, 3),
    _drill("kill-down", "Nothing is left of an engine killed while it ends", while_ending, 20, 3),
    _drill("kill-detached", "Nothing is left of a house of `up -d` that was killed", detached),
    _drill(
        "kill-reading", "Nothing is left when a file is read that never ends", partial(while_evaluating, again=False)
    ),
    _drill("kill-rereading", "The same while a saved file is read anew", partial(while_evaluating, again=True)),
    _drill("kill-task", "Nothing is left of a task and its children", while_working),
    _drill("crash-abort", "Nothing is left of an engine that aborts", partial(crashed, number=signal.SIGABRT)),
    _drill("crash-segv", "Nothing is left after a segmentation fault", partial(crashed, number=signal.SIGSEGV)),
    _drill("end-term", "SIGTERM ends politely, with code 143", partial(asked, number=signal.SIGTERM)),
    _drill("end-hup", "SIGHUP ends politely, with code 129", partial(asked, number=signal.SIGHUP)),
)
