"""Many instances of one stack side by side: all want the same ports, at the same time, and some are killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.stage import PROGRAMS, Stage
from homeport.model.view import Frame

STACK = """
from homeport import Stack

stack = Stack("shop")
for name, replicas in (("web", 2), ("api", 1), ("db", 1)):
    stack.service(name, run=[{python!r}, "-IS", {program!r}, {notes!r}, {place!r}], port={port}, replicas=replicas)
"""
OPEN = 120.0
"""Seconds in which ten houses that are started at once on a small machine must be ready."""


@dataclass(frozen=True)
class Checkout:
    """A folder with the stack, on the stage (with the HOME) that it runs on."""

    stage: Stage
    folder: Path

    def up(self) -> "subprocess.Popen[bytes]":
        """Start its house in the background and go on."""
        return self.stage.start("up", "-d", cwd=self.folder)


@dataclass(frozen=True)
class House:
    """What a running instance has: the process of its engine, and every port by the place that it serves."""

    pid: int
    ports: Mapping[str, int]


def side_by_side(stage: Stage) -> Values:
    """Start ten at once, kill some, end some, start those again at once."""
    checkouts = _checkouts([stage], 10)
    opened = _open(checkouts)
    before = _houses(checkouts)
    _insist_apart(stage, before)
    asked = _timed(lambda: _ps(stage))
    again = stage.chance.sample(checkouts, 4 if stage.short else 7)
    for number, checkout in enumerate(again):
        if number % 2:
            os.kill(before[checkout.folder].pid, signal.SIGKILL)
        else:
            insist(stage.homeport("down", cwd=checkout.folder).returncode == 0, "a house did not end")
    _open(again)
    after = _houses(checkouts)
    _insist_apart(stage, after)
    for checkout in checkouts:
        was, now = before[checkout.folder].ports, after[checkout.folder].ports
        insist(was == now, f"{checkout.folder.name} had {was} and has {now}")
    ended = _timed(lambda: insist(stage.homeport("down", "--all").returncode == 0, "not all houses ended"))
    time_until_gone(stage, [port for house in after.values() for port in house.ports.values()])
    return {"opened": opened, "asked": asked, "ended": ended}


def two_homes(stage: Stage) -> Values:
    """Start the same instances from two HOMEs at once: their leases know nothing of each other."""
    other = Stage(stage.folder / "second", stage.chance, stage.short, stage.mark)
    (other.folder / "run").mkdir(parents=True, mode=0o700)
    checkouts = _checkouts([stage, other], 3 if stage.short else 5)
    opened = _open(checkouts)
    _insist_apart(stage, _houses(checkouts))
    for home in (stage, other):
        insist(home.homeport("down", "--all").returncode == 0, "not all houses ended")
    time_until_gone(stage)
    return {"opened": opened}


def _checkouts(stages: Sequence[Stage], count: int) -> list[Checkout]:
    """Make checkouts on each stage. They write one book of notes, and want one port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    found = []
    for stage in stages:
        for number in range(count):
            told = {"python": sys.executable, "program": str(PROGRAMS / "taker.py"), "port": port}
            path = stage.folder / f"copy{number}" / "stack.py"
            notes = str(stages[0].folder / "notes")
            stage.write(f"copy{number}/stack.py", STACK.format(**told, notes=notes, place=str(path.parent)))
            (path.parent / ".git").mkdir()
            found.append(Checkout(stage, path.parent))
    return found


def _open(checkouts: Sequence[Checkout]) -> float:
    """Start houses at once and return the seconds until the last is ready."""
    began = time.monotonic()
    starting = [checkout.up() for checkout in checkouts]
    for checkout, process in zip(checkouts, starting, strict=True):
        code = process.wait(OPEN)
        insist(code == 0, f"up of {checkout.folder} ended with {code}: {checkout.stage.said()[-2000:]}")
    return time.monotonic() - began


def _houses(checkouts: Sequence[Checkout]) -> dict[Path, House]:
    return {each.folder: _house(each.stage.client(f"{each.folder.name}/stack.py").status()) for each in checkouts}


def _house(frame: Frame) -> House:
    ports: dict[str, int] = {}
    for node in frame.nodes:
        ports |= {f"{node.name}:{name}": port for name, port in node.ports.items()}
        if len(node.replicas) > 1:
            for number, replica in enumerate(node.replicas):
                ports |= {f"{node.name}/{number}:{name}": port for name, port in replica.ports.items()}
    return House(frame.pid, ports)


def _insist_apart(stage: Stage, houses: Mapping[Path, House]) -> None:
    """Insist that no port is two places', and that every program could listen on the one it was given."""
    seen: dict[int, str] = {}
    for folder, house in houses.items():
        insist(len(house.ports) == 5, f"{folder.name} has the ports {house.ports}")
        for place, port in house.ports.items():
            insist(port not in seen, f"{port} was given to {seen.get(port)} and to {folder.name} {place}")
            seen[port] = f"{folder.name} {place}"
    clashes = [line for line in (stage.folder / "notes").read_text().splitlines() if line.startswith("CLASH")]
    insist(not clashes, f"somebody else had the port: {clashes}")


def _ps(stage: Stage) -> None:
    listed = json.loads(stage.homeport("ps", "--json").stdout)
    states = {one["name"]: one["state"] for one in listed}
    insist(len(listed) == 10 and set(states.values()) == {"ready"}, f"ps says {states}")


def _timed(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


DRILLS = (
    Drill(
        "side-by-side",
        "Ten instances that start at once and want the same ports never share one, and keep theirs when killed or ended",
        side_by_side,
        (Figure("ten open in", "opened"), Figure("ps", "asked", limit=2.0), Figure("ten end in", "ended", limit=15.0)),
        rounds=20,
        short=2,
    ),
    Drill(
        "two-homes",
        "Houses of two HOMEs that start at once never get one port",
        two_homes,
        (Figure("open in", "opened"),),
        rounds=20,
        short=1,
    ),
)
