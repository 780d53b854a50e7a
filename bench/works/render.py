"""From a stack file to Kubernetes objects: the arithmetic alone, and the whole command."""

from bench.place import CHECKOUT, PROGRAMS, Place
from bench.work import Row, Values, Work

TIMES = 10

STACK = """
from homeport import Stack, http

stack = Stack("render")
before = None
for n in range(50):
    env = {"LEVEL": "info", **({"PEER": before.url} if before is not None else {})}
    before = stack.service(f"s{n}", image="nginx:1.27", port=8000, ready=http("/health"), env=env)
"""


def objects(place: Place) -> Values:
    """Take the time of 50 services to YAML, once loaded."""
    return {"seconds": float(place.run(place.python, str(PROGRAMS / "rendering.py"), str(CHECKOUT)).stdout)}


def command(place: Place) -> Values:
    """Take the time of ``homeport render`` of 50 services, the evaluation of their file included."""
    place.write("stack.py", STACK)
    said = place.run(place.python, "-I", "-S", str(PROGRAMS / "repeat.py"), str(TIMES), place.homeport, "render").stdout
    return {"seconds": float(said.split()[0])}


WORKS = (
    Work("objects", (Row("50 services to YAML, once loaded", limit=15),), {"homeport": objects}),
    Work("render", (Row("homeport render, 50 services", limit=400),), {"homeport": command}),
)
