"""Ctrl-C to everything gone: 50 services that obey SIGTERM."""

import os
import signal
import time

from bench.place import Place
from bench.processes import family
from bench.work import Row, Values, Work

STACK = """
from homeport import Stack

stack = Stack("stop")
for n in range(50):
    stack.service(f"s{n}", run=["sleep", "1000"])
"""


def homeport(place: Place) -> Values:
    """Press Ctrl-C once all run; the house is gone with everyone when its process is."""
    place.write("stack.py", STACK)
    up = place.start(place.homeport, "up")
    while len(family(up.pid)) < 52:  # the engine, its guardian, and 50
        time.sleep(0.02)
    place.run(place.homeport, "wait")
    members = family(up.pid)
    began = time.perf_counter()
    up.send_signal(signal.SIGINT)
    up.wait()
    took = time.perf_counter() - began
    left = [pid for pid in members if pid != up.pid and _lives(pid)]
    if left:
        raise RuntimeError(f"Ctrl-C left {left}")
    return {"seconds": took}


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


WORKS = (Work("stop", (Row("Ctrl-C, 50 services gone", limit=1000),), {"homeport": homeport}),)
