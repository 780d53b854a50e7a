"""A flood before a person's eyes: what a foreground ``up`` takes while one service writes without end, and what is late."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
from pathlib import Path
from typing import Self

from bench.place import PROGRAMS, Place
from bench.processes import wait_for_file
from bench.work import Row, Values, Work

TAKEN = 1_000_000_000
STACK = """
from homeport import Stack

stack = Stack("watched")
loud = ["sh", "-c", 'while ! test -e go; do sleep 0.05; done; exec "$@"', "loud"]
stack.service("loud", run=[*loud, {python!r}, {programs!r} + "/flood.py", "{size}", "told"], restart="never")
for n in range(4):
    stack.service(f"s{{n}}", run=[{python!r}, {programs!r} + "/ticking.py"])
"""
_TICK = re.compile(rb"tick \d+ (\d+\.\d+)")


class Screen:
    """Reads what ``homeport up`` writes, and when: ``late`` has the time of each tick and how much later it was seen."""

    def __init__(self, place: Place, *, terminal: bool) -> None:
        self.late: list[tuple[float, float]] = []
        self.bytes = 0
        self._place = place
        self._ours, theirs = pty.openpty() if terminal else os.pipe()
        if terminal:
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self._process = subprocess.Popen(
            [place.homeport, "up"],
            cwd=place.folder,
            env={**place.environ, "TERM": "xterm-256color", "CI": ""},
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._place.run(self._place.homeport, "down", check=False)
        self._process.wait()
        self._thread.join()
        os.close(self._ours)

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                chunk = os.read(self._ours, 1 << 16)
            except OSError:  # so a terminal ends
                return
            if not chunk:
                return
            now = time.time()
            self.bytes += len(chunk)
            whole, _, rest = (rest + chunk).rpartition(b"\n")
            self.late += [(at, now - at) for found in _TICK.finditer(whole) for at in [float(found[1])]]


def on_a_terminal(place: Place) -> Values:
    """Flood before a terminal."""
    return _watched(place, terminal=True)


def in_a_pipe(place: Place) -> Values:
    """Flood while the output goes to a pipe."""
    return _watched(place, terminal=False)


def _watched(place: Place, *, terminal: bool) -> Values:
    size = TAKEN // 4 if place.quick else TAKEN
    place.write("stack.py", STACK.format(python=place.python, programs=str(PROGRAMS), size=size))
    told: Path = place.folder / "told"
    with Screen(place, terminal=terminal) as screen:
        until = time.monotonic() + 30
        while len(screen.late) < 200:
            if time.monotonic() > until:
                raise RuntimeError("nothing is shown")
            time.sleep(0.02)
        calm = _p99([late for _, late in screen.late])
        began, seen = time.time(), screen.bytes
        (place.folder / "go").touch()
        seconds = float(wait_for_file(told, limit=120.0)[0])
        ended, shown = time.time(), screen.bytes - seen
        time.sleep(2.0)  # what was written last comes to be seen
    late = [late for at, late in screen.late if began <= at <= ended]
    return {"seconds": seconds * 150e6 / size, "late": _p99(late), "calm": calm, "shown": shown / (ended - began)}


def _p99(late: list[float]) -> float:
    return sorted(late)[len(late) * 99 // 100] if late else 0.0


def _rows(where: str) -> tuple[Row, ...]:
    return (
        Row(f"150 MB into a log, `up` {where}", limit=1000),
        Row("other services' lines late by, p99", "late", limit=100),
        Row("the same before the flood", "calm"),
        Row("written a second meanwhile", "shown", unit="MB", scale=1e-6),
    )


WORKS = (
    Work("watched", _rows("on a terminal"), {"homeport": on_a_terminal}),
    Work("piped", _rows("into a pipe"), {"homeport": in_a_pipe}),
)
