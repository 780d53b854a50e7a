"""What only the inside can tell: the time of a plan, and how long spawning holds up the loop."""

from bench.place import CHECKOUT, PROGRAMS, Place
from bench.work import Row, Values, Work


def plan(place: Place) -> Values:
    """Plan for 500 nodes after one report, many times; the median of the slower kind of node."""
    return {"seconds": float(place.run(place.python, str(PROGRAMS / "planning.py"), str(CHECKOUT)).stdout)}


def spawn(place: Place) -> Values:
    """Spawn 200 programs, ten at a time, beside a callback that looks at the clock in every turn of the loop."""
    longest, each = place.run(place.python, str(PROGRAMS / "spawning.py")).stdout.split()
    return {"longest": float(longest), "each": float(each)}


WORKS = (
    Work("plan", (Row("plan of 500 nodes after one report", limit=5),), {"homeport": plan}),
    Work(
        "spawn",
        (Row("spawning holds the loop up", "longest", limit=5), Row("one spawn", "each")),
        {"homeport": spawn},
    ),
)
