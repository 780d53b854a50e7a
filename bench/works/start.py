"""Starting: 100 HTTP servers until all are ready, the first program's exec, the sample for the second time."""

import http.client
import os
import shutil
import signal
import time
from collections.abc import Sequence

from bench.place import CHECKOUT, PROGRAMS, Place
from bench.processes import family, wait_for_file
from bench.work import Row, Values, Work

SERVERS = 100
FIRST = 15000
LIMIT = 60.0
SERVER = str(PROGRAMS / "server.py")

STACK = """
from homeport import Stack, http

stack = Stack("servers")
for n in range({count}):
    stack.service(f"s{{n}}", run=[{python!r}, {server!r}], port={first} + n, ready=http("/"))
"""

ONE = """
from homeport import Stack

Stack("one").service("first", run="date +%s.%N > first; exec sleep 100")
"""


def homeport(place: Place) -> Values:
    """Take the time until ``up -d`` says that all are ready."""
    place.write("stack.py", STACK.format(count=SERVERS, python=place.python, server=SERVER, first=FIRST))
    began = time.perf_counter()
    place.run(place.homeport, "up", "-d")
    took = time.perf_counter() - began
    place.run(place.homeport, "down")
    return {"seconds": took}


def honcho(place: Place) -> Values:
    """Take the time of honcho until a poller had an answer from everyone."""
    lines = [f"s{n}: {place.python} {SERVER} {FIRST + n}\n" for n in range(SERVERS)]
    place.write("Procfile", "".join(lines))
    return _polled(place, (place.peer("honcho"), "start"))


def supervisord(place: Place) -> Values:
    """Take the time of supervisord until a poller had an answer from everyone."""
    programs = [f"[program:s{n}]\ncommand={place.python} {SERVER} {FIRST + n}\n" for n in range(SERVERS)]
    head = f"[supervisord]\nnodaemon=true\nlogfile={place.folder}/super.log\npidfile={place.folder}/super.pid\n"
    place.write("super.conf", head + f"childlogdir={place.folder}\n" + "".join(programs))
    return _polled(place, (place.peer("supervisord"), "-c", "super.conf"))


def _polled(place: Place, argv: Sequence[str]) -> Values:
    began = time.perf_counter()
    peer = place.start(*argv)
    try:
        _poll(until=began + LIMIT)
        return {"seconds": time.perf_counter() - began}
    finally:
        for pid in family(peer.pid):  # the peer first: how it would end everybody is not measured
            os.kill(pid, signal.SIGKILL)
        peer.wait()


def _poll(until: float) -> None:
    """Ask every server until it has answered, with the pauses of an ordinary wait script."""
    missing = list(range(FIRST, FIRST + SERVERS))
    while missing:
        if time.perf_counter() > until:
            raise RuntimeError(f"{len(missing)} servers never answered")
        missing = [port for port in missing if not _answers(port)]
        time.sleep(0.05)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def first_exec(place: Place) -> Values:
    """Take the time from the start of ``up`` to the first line of the first program."""
    place.write("stack.py", ONE)
    began = time.time()
    up = place.start(place.homeport, "up")
    started = float(wait_for_file(place.folder / "first")[0])
    up.terminate()
    up.wait()
    return {"seconds": started - began}


def demo(place: Place) -> Values:
    """Take the time until the sample is ready where it ran before; its folder stays between rounds."""
    home = place.cache / "demo"
    if not home.exists():
        shutil.copytree(CHECKOUT / "examples" / "demo", home, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    own = Place(place.cache, home, place.quick)
    (home / "run").mkdir(mode=0o700, exist_ok=True)
    if not (home / ".ran").exists():
        own.run(own.homeport, "up", "-d")
        own.run(own.homeport, "down")
        (home / ".ran").touch()
    began = time.perf_counter()
    own.run(own.homeport, "up", "-d")
    took = time.perf_counter() - began
    own.run(own.homeport, "down")
    return {"seconds": took}


WORKS = (
    Work(
        "servers",
        (Row("100 HTTP servers ready", ratio=1.15),),
        {"homeport": homeport, "honcho": honcho, "supervisord": supervisord},
    ),
    Work("exec", (Row("up to the first exec", limit=400),), {"homeport": first_exec}),
    Work("demo", (Row("the sample, second time", limit=3000),), {"homeport": demo}),
)
