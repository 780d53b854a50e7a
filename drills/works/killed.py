"""The engine is killed with signal 9 while everything runs."""

import os
import signal

from drills.drill import Drill, Figure, Values
from drills.gone import time_until_gone
from drills.stage import GONE, Stage

STACK = """
from homeport import Stack

stack = Stack("killed")
for n in range(10):
    stack.service(f"s{n}", run=["sh", "-c", "sleep 1000 & sleep 1000"])
"""


def engine(stage: Stage) -> Values:
    """Kill the engine and count."""
    stage.write("stack.py", STACK)
    house = stage.up()
    os.kill(house.pid, signal.SIGKILL)
    house.wait()
    return {"seconds": time_until_gone(stage)}


DRILLS = (
    Drill(
        "kill-engine",
        "Ten services with children are gone after the engine was killed with signal 9",
        engine,
        (Figure("gone after", "seconds", limit=GONE),),
    ),
)
