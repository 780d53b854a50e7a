"""``ci`` of 200 trivial tasks in ten chains of 20, beside a bare script that spawns the same in the same order."""

import time

from bench.place import PROGRAMS, Place
from bench.work import Row, Values, Work

STACK = """
from homeport import Stack

stack = Stack("tasks")
for chain in range(10):
    before = []
    for link in range(20):
        before = [stack.task(f"t{chain}-{link}", run=["true"], needs=before)]
"""


def homeport(place: Place) -> Values:
    """Run ``ci`` from its start to its end."""
    place.write("stack.py", STACK)
    began = time.perf_counter()
    place.run(place.homeport, "ci")
    return {"seconds": time.perf_counter() - began}


def bare(place: Place) -> Values:
    """Run the script."""
    began = time.perf_counter()
    place.run(place.python, str(PROGRAMS / "chains.py"), "10", "20", "true")
    return {"seconds": time.perf_counter() - began}


WORKS = (Work("tasks", (Row("ci of 200 tasks", limit=1400),), {"homeport": homeport, "bare script": bare}),)
