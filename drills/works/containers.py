"""Services in containers: the engine keeps those of whoever asked for them, so somebody has to see to their end."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.stage import GONE, Stage
from drills.waiting import until
from drills.works.killed import kill

BOXES = """
from homeport import Stack, container, stop

stack = Stack(NAME)
for n in range(3):
    run = "trap '' TERM; while :; do sleep 1000; done" if n == 0 else ["sleep", "1000"]
    stack.service(f"box{n}", image="busybox", container=container(run=run), stop=stop(grace="30s"))
stack.service("beside", run=["sleep", "1000"])
"""
"""Three containers, one of which ignores SIGTERM, and a process."""

LATER = 2.0
"""Seconds that the engine itself may need, besides, to create what it was asked for just before the end."""


ENGINE = os.environ.get("HOMEPORT_TEST_CLUSTER") == "1"
"""Whether there is an engine to play with: only that of a testbed is used."""


def lacks() -> str | None:
    """Return why containers cannot be drilled here."""
    return (
        None
        if ENGINE and shutil.which("docker")
        else "an engine for drills (HOMEPORT_TEST_CLUSTER=1) and docker's client"
    )


def boxes(stage: Stage) -> str:
    """Write the stack, whose name nobody else has; return it."""
    name = f"dock-{stage.mark[:8]}"
    stage.write_stack(BOXES, NAME=name)
    return name


def containers(name: str) -> list[str]:
    """Return the containers of an instance, whatever their state."""
    words = ("docker", "ps", "--all", "--format", "{{.Names}}", "--filter", f"label=homeport.dev/instance={name}")
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()


def gone(stage: Stage, name: str, *, limit: float = GONE) -> Values:
    """Count how long everything takes to be gone, containers included."""
    began = time.monotonic()
    time_until_gone(stage, limit=limit)
    until(lambda: not containers(name), "containers are left", limit - (time.monotonic() - began))
    return {"seconds": time.monotonic() - began}


def swept(act: Callable[[Stage, str], Values]) -> Callable[[Stage], Values]:
    """Return a drill in a stack of its own, of which no container is left though its promise be broken."""

    def swept_act(stage: Stage) -> Values:
        name = boxes(stage)
        try:
            return act(stage, name)
        finally:
            stage.sweep()
            if left := containers(name):
                subprocess.run(["docker", "rm", "--force", "--volumes", *left], check=False, capture_output=True)

    return swept_act


def again(stage: Stage) -> "subprocess.Popen[bytes]":
    """Start the next house and wait until all is ready; the socket of the dead one still lies there."""
    house = stage.start("up")
    until(lambda: _answers(stage, house.pid), f"the next up cannot be reached: {stage.said()}")
    done = stage.homeport("wait", "--timeout", "60s", limit=70)
    insist(done.returncode == 0, f"the next up did not become ready: {done.stdout}{done.stderr}{stage.said()}")
    return house


def _answers(stage: Stage, pid: int) -> bool:
    try:
        return stage.client().status().pid == pid
    except OSError:
        return False


@swept
def engine(stage: Stage, name: str) -> Values:
    """Kill the house while all runs."""
    house = stage.up()
    insist(len(containers(name)) == 3, f"too few containers to begin with: {containers(name)}")
    kill(house.pid)
    house.wait()
    return gone(stage, name)


@swept
def while_starting(stage: Stage, name: str) -> Values:
    """Kill the house at any moment of its start: containers may just be created."""
    at = stage.chance.uniform(0.3, 2.0)
    house = stage.start("up")
    time.sleep(at)
    kill(house.pid)
    house.wait()
    return {**gone(stage, name, limit=GONE + LATER), "at": at}


@swept
def down(stage: Stage, name: str) -> Values:
    """End politely: who obeys has ended at once, and `down --kill` does not wait for the deaf one."""
    house = stage.up()
    began = time.monotonic()
    done = stage.homeport("down", "--kill")
    insist(done.returncode == 0, f"down ended with {done.returncode}: {done.stdout}{done.stderr}")
    house.wait()
    insist(not containers(name), f"down left {containers(name)}")
    took = time.monotonic() - began
    return {**gone(stage, name), "ended": took}


def with_guardian(stage: Stage, name: str, *words: str) -> Values:
    """Kill house and guardian at once; what comes next removes the old containers, and adopts none."""
    house = stage.up()
    guardian = stage.guardian(house.pid)
    os.kill(guardian, signal.SIGSTOP)  # neither may see the other die
    kill(house.pid)
    kill(guardian)
    house.wait()
    old = containers(name)
    insist(len(old) == 3, f"the engine ended {3 - len(old)} of three by itself")
    began = time.monotonic()
    if words == ("up",):
        house = again(stage)
        insist(len(containers(name)) == 3, f"the next up runs {containers(name)}")
    else:
        done = stage.homeport(*words)
        insist(done.returncode == 0, f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}")
        insist("box1" in done.stdout, f"{words} does not say what was left: {done.stdout}")
    took = time.monotonic() - began
    left = [each for each in containers(name) if each in old]
    if words == ("up",):
        kill(house.pid)
        house.wait()
    insist(not left, f"{words} left {left}")
    return {**gone(stage, name), "took": took}


@swept
def next_up(stage: Stage, name: str) -> Values:
    """The next `up` removes them before it starts anything."""
    return with_guardian(stage, name, "up")


@swept
def next_down(stage: Stage, name: str) -> Values:
    """So does `down`."""
    return with_guardian(stage, name, "down")


@swept
def doctor(stage: Stage, name: str) -> Values:
    """And `doctor --fix`."""
    return with_guardian(stage, name, "doctor", "--fix")


_GONE = Figure("gone after", "seconds", limit=GONE)
_TOOK = Figure("removed after", "took")

DRILLS = (
    Drill(
        "boxes-kill",
        "Containers are gone after the engine was killed with signal 9",
        engine,
        (_GONE,),
        short=ENGINE,
        needs=lacks,
    ),
    Drill(
        "boxes-kill-up",
        "Nothing is left of containers when the engine is killed while it starts them",
        while_starting,
        (Figure("gone after", "seconds", limit=GONE + LATER), Figure("killed at", "at")),
        20,
        2 * ENGINE,
        lacks,
    ),
    Drill(
        "boxes-down",
        "`down --kill` leaves no container",
        down,
        (Figure("ended after", "ended"), _GONE),
        short=ENGINE,
        needs=lacks,
    ),
    Drill(
        "boxes-up",
        "Engine and guardian killed at once: the next `up` removes the containers before it starts anything",
        next_up,
        (_TOOK, _GONE),
        short=ENGINE,
        needs=lacks,
    ),
    Drill("boxes-next-down", "The same with `down`", next_down, (_TOOK, _GONE), short=ENGINE, needs=lacks),
    Drill("boxes-doctor", "The same with `doctor --fix`", doctor, (_TOOK, _GONE), short=0, needs=lacks),
)
