"""50 idle services with probes every 10 s: what the engine and its helpers use, not the services themselves."""

import time

from bench.place import PROGRAMS, Place
from bench.processes import family, said, seconds, shared
from bench.work import Row, Values, Work

SETTLE = 3.0
LOOK, QUICK = 60.0, 10.0
SERVER = str(PROGRAMS / "server.py")

STACK = """
from homeport import Stack, http

stack = Stack("idle")
for n in range(50):
    stack.service(f"s{{n}}", run=[{python!r}, {server!r}], port=15000 + n, ready=http("/", every=10))
"""


def homeport(place: Place) -> Values:
    """Look at the processor time over a minute, and at the memory at its end."""
    place.write("stack.py", STACK.format(python=place.python, server=SERVER))
    up = place.start(place.homeport, "up")
    try:
        while len(family(up.pid)) < 52:
            time.sleep(0.05)
        place.run(place.homeport, "wait")
        time.sleep(SETTLE)
        ours = [pid for pid in family(up.pid) if SERVER not in said(pid)]
        before = sum(map(seconds, ours))
        look = QUICK if place.quick else LOOK
        time.sleep(look)
        return {
            "share": (sum(map(seconds, ours)) - before) / look,
            "bytes": sum(map(shared, ours)),
            "processes": len(ours),
        }
    finally:
        up.terminate()
        up.wait()


WORKS = (
    Work(
        "idle",
        (
            Row("50 idle services: a core's", "share", "%", 100, limit=0.3),
            Row("engine and helpers: PSS", "bytes", "MB", 1e-6, limit=70),
            Row("engine and helpers", "processes", "processes", 1),
        ),
        {"homeport": homeport},
    ),
)
