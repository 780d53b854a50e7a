"""Programs that no supervisor likes, and every way in which Homeport ends."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.programs.hostile import KINDS
from drills.stage import GONE, PROGRAMS, Stage
from drills.terminal import CTRL_C, Terminal
from drills.waiting import until

STACK = """
from homeport import Stack, log, restart, stop

stack = Stack("hostile")
for kind in KINDS:
    stack.service(
        kind,
        run=[PYTHON, PROGRAM, kind],
        restart=restart("never"),
        stop=stop(grace="1s"),
        **({"port": FIRST} if kind == "listening" else {}),
    )
"""


def cast(stage: Stage) -> int:
    """Write a stack with one service of each kind; return the port that one of them will listen on."""
    first = stage.chance.randrange(20_000, 32_000)
    program = str(PROGRAMS / "hostile.py")
    stage.write_stack(STACK, PYTHON=sys.executable, PROGRAM=program, KINDS=list(KINDS), FIRST=first)
    return first


def settled(stage: Stage) -> None:
    """Wait until every kind plays: each notes itself once its processes are what they are meant to be."""
    playing = stage.folder / "playing"
    until(
        lambda: playing.exists() and set(KINDS) <= set(playing.read_text().split()),
        f"not all hostile programs play: {stage.said()[-500:]}",
        limit=15.0,
    )


def terminal(stage: Stage, *words: str) -> Terminal:
    """Run a command on a terminal."""
    return Terminal(stage.command(*words), stage.folder, stage.environ)


def killed(stage: Stage) -> Values:
    """Kill the engine."""
    port = cast(stage)
    house = stage.start("up")
    settled(stage)
    os.kill(house.pid, signal.SIGKILL)
    house.wait()
    return {"seconds": time_until_gone(stage, [port])}


def interrupted(stage: Stage) -> Values:
    """Press Ctrl-C once."""
    port = cast(stage)
    with closing(terminal(stage, "up")) as screen:
        settled(stage)
        began = time.monotonic()
        screen.press(CTRL_C)
        code = screen.ended()
        insist(code == 130, f"the exit code was {code}")
        time_until_gone(stage, [port], limit=GONE - (time.monotonic() - began))
        return {"seconds": time.monotonic() - began}


def interrupted_twice(stage: Stage) -> Values:
    """Press Ctrl-C twice: nobody has any grace left."""
    port = cast(stage)
    with closing(terminal(stage, "up")) as screen:
        settled(stage)
        began = time.monotonic()
        screen.press(CTRL_C)
        screen.until("Stopping|Waiting for")
        screen.press(CTRL_C)
        code = screen.ended()
        insist(code == 130, f"the exit code was {code}")
        time_until_gone(stage, [port], limit=GONE - (time.monotonic() - began))
        return {"seconds": time.monotonic() - began}


def _down(*flags: str) -> Callable[[Stage], Values]:
    def act(stage: Stage) -> Values:
        port = cast(stage)
        house = stage.start("up")
        settled(stage)
        began = time.monotonic()
        down = stage.start("down", *flags)
        house.wait()
        time_until_gone(stage, [port], limit=GONE - (time.monotonic() - began))
        insist(down.wait() == 0, f"down ended with {down.returncode}: {stage.said()[-500:]}")
        return {"seconds": time.monotonic() - began}

    return act


def _drill(name: str, how: str, act: Callable[[Stage], Values], limit: float = GONE) -> Drill:
    promise = f"Nothing is left of {len(KINDS)} kinds of hostile programs after {how}"
    return Drill(name, promise, act, (Figure("gone after", "seconds", limit=limit),), 10, 1)


DRILLS = (
    _drill("hostile-kill", "`kill -9` of the engine", killed),
    _drill("hostile-interrupt", "one Ctrl-C", interrupted),
    _drill("hostile-interrupt-twice", "a double Ctrl-C", interrupted_twice, 2.0),
    _drill("hostile-down", "`down`", _down()),
    _drill("hostile-down-kill", "`down --kill`", _down("--kill"), 2.0),
)
