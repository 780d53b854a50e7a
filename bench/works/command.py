"""The small commands beside ``python -c pass``: ``version``, and ``status`` against a running house."""

from bench.place import PROGRAMS, Place
from bench.work import Row, Values, Work

TIMES = 20

STACK = """
from homeport import Stack

stack = Stack("command")
for n in range(10):
    stack.service(f"s{n}", run=["sleep", "1000"])
"""


def floor(place: Place) -> Values:
    """Take the time of an interpreter that does nothing."""
    return _repeat(place, place.python, "-c", "pass")


def version(place: Place) -> Values:
    """Take the time and the memory of ``homeport version``."""
    return _repeat(place, place.homeport, "version")


def status(place: Place) -> Values:
    """Take the time of ``homeport status`` beside a house with ten services."""
    place.write("stack.py", STACK)
    place.run(place.homeport, "up", "-d")
    try:
        return _repeat(place, place.homeport, "status")
    finally:
        place.run(place.homeport, "down")


def _repeat(place: Place, *argv: str) -> Values:
    said = place.run(place.python, "-I", "-S", str(PROGRAMS / "repeat.py"), str(TIMES), *argv).stdout
    seconds, peak = said.split()
    return {"seconds": float(seconds), "peak": float(peak)}


WORKS = (
    Work(
        "version",
        (Row("homeport version", ratio=3), Row("its peak memory", "peak", "MiB", 1 / 2**20, limit=25)),
        {"homeport": version, "python -c pass": floor},
    ),
    Work("status", (Row("homeport status", ratio=6),), {"homeport": status, "python -c pass": floor}),
)
