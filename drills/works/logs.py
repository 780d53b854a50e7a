"""Logs while somebody is killed, removes them, or writes more than anybody can read."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Self

import psutil

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.stage import PROGRAMS, Stage
from drills.waiting import until
from homeport.logs.reader import LogReader

NUMBERED = """
import sys
from homeport import Stack, restart

stack = Stack("numbered")
for n in range(4):
    stack.service(f"s{{n}}", run=[sys.executable, {program!r}, f"{folder}/s{{n}}.count"], restart=restart(first=0.01))
"""
FLOOD = """
import sys
from homeport import Stack

stack = Stack("flood")
stack.service("loud", run=[sys.executable, {programs!r} + "/flooding.py", "{size}", "{kind}", "{go}"])
for n in range(9):
    stack.service(f"s{{n}}", run=[sys.executable, {programs!r} + "/ticking.py"])
"""
QUIET = tuple(f"s{n}" for n in range(9))
GROWTH = 30.0
"""MB by which the engine may grow, whatever is written."""
DELAY = 100.0
"""Milliseconds that a line may be late at p99, beside one who writes without end."""


def _reader(stage: Stage) -> LogReader:
    return LogReader(next((stage.folder / "state" / "homeport").rglob("logs")))


def _numbers(reader: LogReader, service: str) -> list[int]:
    """Return the numbers that a service's whole lines have; raise Broken for a torn line that is not a run's last."""
    lines = [line.text for line in reader.lines([service]) if line.stream == "out"]
    for line, after in pairwise(lines):
        insist(line.endswith(";") or after.startswith("line 1 "), f"{service} has a torn line: {line[:60]!r}")
    return [int(line.split()[1]) for line in lines if line.startswith("line ") and line.endswith(";")]


def _runs(numbers: Sequence[int], service: str) -> Iterator[int]:
    """Yield the last number of every run. Raises Broken for a hole."""
    last = 0
    for number in numbers:
        if number == 1 and last:
            yield last
        else:
            insist(number == last + 1, f"{service}: after line {last} comes line {number}")
        last = number
    yield last


def _counted(stage: Stage, service: str) -> int:
    return int.from_bytes((stage.folder / f"{service}.count").read_bytes(), "little")


def engine_killed(stage: Stage) -> Values:
    """Kill the engine while four write without end, twice: nothing of what was there has a hole."""
    stage.write("stack.py", NUMBERED.format(program=str(PROGRAMS / "number_lines.py"), folder=stage.folder))
    for _ in range(2):
        house = stage.start("up")
        until(lambda: stage.homeport("wait").returncode == 0, "the services are not ready")
        time.sleep(stage.chance.uniform(0.0, 0.3))
        os.kill(house.pid, signal.SIGKILL)
        house.wait()
        time_until_gone(stage)
    kept = 0
    for n in range(4):
        runs = list(_runs(_numbers(_reader(stage), f"s{n}"), f"s{n}"))
        insist(len(runs) == 2, f"s{n} has lines of {len(runs)} runs, not of 2")
        kept += sum(runs)
    return {"lines": kept}


def program_killed(stage: Stage) -> Values:
    """Kill programs while they write: every line that was taken from them is there."""
    stage.write("stack.py", NUMBERED.format(program=str(PROGRAMS / "number_lines.py"), folder=stage.folder))
    stage.up()
    taken: dict[str, list[int]] = {f"s{n}": [] for n in range(4)}
    for _ in range(3):
        for name, counts in taken.items():
            pid = until(lambda name=name: _pid(stage, name), f"{name} does not run")  # type: ignore[misc]
            time.sleep(stage.chance.uniform(0.0, 0.05))
            os.kill(pid, signal.SIGSTOP)
            counts.append(_counted(stage, name))
            os.kill(pid, signal.SIGKILL)
            until(lambda name=name, pid=pid: _pid(stage, name) not in (None, pid), f"{name} did not start again")  # type: ignore[misc]
    stage.homeport("down")
    for name, counts in taken.items():
        ends = list(_runs(_numbers(_reader(stage), name), name))
        for end, count in zip(ends, counts, strict=False):
            insist(end >= count, f"{name}: {count} lines were taken, {end} are there")
    return {"lines": sum(sum(counts) for counts in taken.values())}


def _pid(stage: Stage, name: str) -> int | None:
    nodes = stage.client().status([name]).nodes
    return next((replica.pid for node in nodes for replica in node.replicas if replica.pid), None)


def fair(stage: Stage) -> Values:
    """Let one of ten write without end: nobody else's line is late or missing, and the engine does not grow."""
    size = 300_000_000 if stage.short else 1_000_000_000
    return _beside(stage, size, "lines")


def endless(stage: Stage) -> Values:
    """Let one of ten write a single line without end: as before, and the line comes back in pieces that say so."""
    values = _beside(stage, 300_000_000 if stage.short else 1_000_000_000, "whole")
    pieces = [line for line in _reader(stage).tail(["loud"], 1000) if line.text.startswith("x")]
    insist(len(pieces) > 500, f"there are {len(pieces)} pieces of the line")
    insist(all(piece.continues for piece in pieces[:-1]), "a piece does not say that it goes on")
    insist(not pieces[-1].continues, "the last piece says that it goes on")
    return values


def _beside(stage: Stage, size: int, kind: str) -> Values:
    go = stage.folder / "go"
    stage.write("stack.py", FLOOD.format(programs=str(PROGRAMS), size=size, kind=kind, go=go))
    told = stage.homeport("up", "-d")
    insist(told.returncode == 0, told.stderr)
    engine = psutil.Process(stage.client().status().pid)
    with _Follower(stage) as follower:
        until(lambda: follower.late, "the follower shows nothing")
        at = peak = engine.memory_info().rss
        began, limit = time.time(), time.monotonic() + 60
        go.touch()
        while not any(line.text == "all was taken" for line in _reader(stage).tail(["loud"], 2)):
            insist(time.monotonic() < limit, "the flood was not taken within 60 s")
            peak = max(peak, engine.memory_info().rss)
            time.sleep(0.05)
        ended = time.time()
        time.sleep(1.0)  # so that what was written last is shown
    stage.homeport("down")
    stored = []
    for name in QUIET:
        ticks = [line for line in _reader(stage).lines([name]) if line.text.startswith("tick ")]
        numbers = [int(line.text.split()[1]) for line in ticks]
        insist(numbers == list(range(1, len(numbers) + 1)), f"lines of {name} are missing")
        stored += [(said, line.at - said) for line in ticks for said in [float(line.text.split()[2])]]
    return {
        "stored": _p99([late for said, late in stored if began <= said <= ended]),
        "shown": _p99([late for said, late in follower.late if began <= said <= ended]),
        "growth": max(0, peak - at) / 1e6,
        "speed": size / 1e6 / (ended - began),
    }


def _p99(late: Sequence[float]) -> float:
    insist(len(late) > 200, f"only {len(late)} lines came")
    return sorted(late)[len(late) * 99 // 100] * 1000


class _Follower:
    """``homeport logs -f --json`` of those who write little; ``late``: when each line was said, and how much later it came."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.late: list[tuple[float, float]] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._stage.command("logs", *QUIET, "-f", "--tail", "0", "--json"),
            cwd=self._stage.folder,
            env=self._stage.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as coming:
            for row in coming:
                text = json.loads(row)["text"]
                if text.startswith("tick "):
                    said = float(text.split()[2])
                    self.late.append((said, time.time() - said))


LINES = Figure("lines kept", "lines", "lines")
FLOODED = (
    Figure("others' lines stored late, p99", "stored", "ms", DELAY),
    Figure("others' lines shown late, p99", "shown", "ms", DELAY),
    Figure("engine grew", "growth", "MB", GROWTH),
    Figure("taken", "speed", "MB/s"),
)
DRILLS = (
    Drill(
        "logs-engine-killed",
        "Lines have no hole when the engine is killed while they are written",
        engine_killed,
        (LINES,),
        20,
        2,
    ),
    Drill("logs-program-killed", "Every line that a killed program wrote is kept", program_killed, (LINES,), 10),
    Drill("logs-flood", "One of ten that writes without end delays nobody and evicts nobody's lines", fair, FLOODED, 3),
    Drill("logs-endless-line", "A single line without end delays nobody and costs no memory", endless, FLOODED, 3),
)
