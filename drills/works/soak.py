"""Hundreds of services of which a tenth crashes at random, while people wish for this and that."""

import os
import random
import shutil
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import psutil

from drills.drill import Drill, Figure, Values, insist
from drills.load import Load
from drills.soaked import Notes
from drills.stage import PROGRAMS, Stage
from drills.waiting import until
from homeport.client.client import Client

HEAD = """
from homeport import Stack, log, ready, restart, stop

stack = Stack("soak")
quick = restart(first="200ms", longest="2s")


def member(name, lives, ways, needs, replicas):
    return stack.service(
        name,
        run=["sh", {program!r}, lives, ways],
        ready=log("ready now"),
        needs=needs,
        replicas=replicas,
        restart=quick,
        stop=stop(grace="5s"),
    )


"""
CALM = ("restart", "restart", "disable", "enable", "scale")
"""What people wish."""
SLACK = 2.0
"""Seconds after the noted end of a need in which a dependent may still start: when 500 start at once on two cores, the news
of the end, or the start itself, is that long on its way."""


@dataclass
class Town:
    """Who lives in the stack: each name with those it needs; who crashes; who has replicas."""

    needs: dict[str, list[str]] = field(default_factory=dict)
    flaky: list[str] = field(default_factory=list)
    twins: list[str] = field(default_factory=list)

    def stack(self, chance: random.Random, size: int) -> str:
        """Draw the inhabitants and return the stack file that declares them."""
        lines = [HEAD.format(program=str(PROGRAMS / "soak_member.sh"))]
        for at in range(size):
            name = f"s{at}"
            crashes, is_twin = chance.random() < 0.1, chance.random() < 0.05
            lives = " ".join(f"{chance.uniform(0.05, 6.0):.2f}" for _ in range(20)) if crashes else "0"
            ways = " ".join(chance.choice(("1", "0", "kill", "139")) for _ in range(20))
            chosen = sorted(chance.sample(range(at), min(at, chance.choice((0, 0, 1, 1, 2)))))
            needs = [f"ready(s{n}, cascade=True)" if chance.random() < 0.1 else f"s{n}" for n in chosen]
            lines.append(
                f"{name} = member({name!r}, {lives!r}, {ways!r}, [{', '.join(needs)}], {2 if is_twin else 1})\n"
            )
            self.needs[name] = [f"s{n}" for n in chosen]
            self.flaky += [name] * crashes
            self.twins += [name] * is_twin
        return "".join(lines)


def soak(stage: Stage) -> Values:
    """Let services crash and people wish."""
    return _soak(stage, *((60, 10.0) if stage.short else (500, 120.0)), CALM)


def hard_soak(stage: Stage) -> Values:
    """Besides, stop the engine for moments, and kill its guardian."""
    return _soak(stage, *((60, 10.0) if stage.short else (200, 60.0)), (*CALM, "stop", "kill"))


def _soak(stage: Stage, size: int, seconds: float, troubles: Sequence[str]) -> Values:
    """Run a town for a while in trouble, let it settle, and look at what everybody noted."""
    town = Town()
    for folder in ("notes", "locks", "counts"):
        (stage.folder / folder).mkdir()
    stage.write("stack.py", town.stack(stage.chance, size))
    insist(shutil.which("flock") is not None, "the program flock is missing")
    house = stage.start("up")
    client = stage.client()
    until(lambda: all((stage.folder / "notes" / f"{name}.1").exists() for name in town.needs), "not all began", 120)
    load, tasks = Load(house.pid), _tasks(client)
    middle, wishes = _trouble(stage, house.pid, client, town, seconds, troubles)
    busy, grown = load.per_second(), load.memory() - middle
    settled = _settle(stage, client, town)
    _insist_on_no_leak(house.pid, client, tasks)
    twice = stage.folder / "twice"
    insist(not twice.exists(), f"two at once: {twice.exists() and twice.read_text().split()}")
    notes = Notes.read(stage.folder / "notes")
    late = notes.latest_start(town.needs)
    return {
        "services": size,
        "crashes": notes.starts - size,
        "wishes": wishes,
        "busy": busy,
        "grown": grown,
        "late": late,
        "settled": settled,
    }


def _trouble(
    stage: Stage, engine: int, client: Client, town: Town, seconds: float, troubles: Sequence[str]
) -> tuple[float, int]:
    """Make trouble for so long; return the memory in the middle of it and how much. In the end nobody is disabled."""
    chance, load, off = stage.chance, Load(engine), set[str]()
    began, middle, count = time.monotonic(), 0.0, 0
    while (now := time.monotonic() - began) < seconds:
        if not middle and now > seconds / 2:
            middle = load.memory()
        count += 1
        match chance.choice(troubles):
            case "stop":
                os.kill(engine, signal.SIGSTOP)
                time.sleep(chance.uniform(0.0, 1.0))
                os.kill(engine, signal.SIGCONT)
            case "kill" if chance.random() < 0.3:
                os.kill(stage.guardian(engine), signal.SIGKILL)
            case wish:
                _wish(wish, client, town, chance, off)
        time.sleep(chance.uniform(0.0, 0.5))
    if off:
        client.wish("enable", names=sorted(off))
    return middle, count


def _wish(wish: str, client: Client, town: Town, chance: random.Random, off: set[str]) -> None:
    """Wish for something; ``off`` are those who are disabled."""
    names = list(town.needs)
    match wish:
        case "restart":
            client.wish("restart", names=chance.sample(names, chance.choice((1, 1, 1, 5))))
        case "disable":
            off.add(chosen := chance.choice(names))
            client.wish("disable", names=[chosen])
        case "enable" if off:
            off.remove(chosen := chance.choice(sorted(off)))
            client.wish("enable", names=[chosen])
        case "scale" if town.twins:
            client.wish("scale", name=chance.choice(town.twins), replicas=chance.choice((1, 2, 3)))


def _settle(stage: Stage, client: Client, town: Town) -> float:
    """End the trouble and return the seconds until all are ready."""
    (stage.folder / "calm").touch()
    for name in town.twins:
        client.wish("scale", name=name, replicas=2)
    began = time.monotonic()

    def is_well() -> bool:
        frame = client.status()
        return frame.settled and all(node.state == "ready" for node in frame.nodes)

    until(is_well, f"not well again: {[node for node in client.status().nodes if node.state != 'ready'][:5]}", 90, 0.05)
    return time.monotonic() - began


def _tasks(client: Client) -> int:
    """Return how many tasks there are that no job explains."""
    engine = client.dump(0)["engine"]
    return int(engine["tasks"]) - int(engine["working"])


def _insist_on_no_leak(pid: int, client: Client, tasks: int) -> None:
    engine = client.dump(0)["engine"]
    insist(engine["planned"] == engine["working"], f"a house at rest has {engine}")
    until(lambda: _tasks(client) <= tasks, f"{_tasks(client)} tasks belong to no job, at first there were {tasks}", 5)
    programs = sum(len(node.replicas) for node in client.status().nodes)
    files = psutil.Process(pid).num_fds()
    # Two pipes and a log; and a process descriptor of each that a killed guardian left us.
    insist(files <= 4 * programs + 50, f"{files} descriptors are open for {programs} programs")


FIGURES = (
    Figure("services", "services", unit=""),
    Figure("starts beyond the first", "crashes", unit=""),
    Figure("wishes and troubles", "wishes", unit=""),
    Figure("engine's processor", "busy", "cores", limit=0.7),
    Figure("memory grown in the second half", "grown", "MiB", limit=8.0),
    Figure("latest start after the end of a need", "late", limit=SLACK),
    Figure("all ready afterwards", "settled", limit=60.0),
)
DRILLS = (
    Drill(
        "soak",
        "Services of which a tenth crashes at random while people restart, disable and scale: never two instances of one "
        "replica, never a start before its needs, nothing leaks, and all are ready afterwards",
        soak,
        FIGURES,
        rounds=2,
    ),
    Drill(
        "soak-hard",
        "The same while the engine is stopped for moments and its guardians are killed",
        hard_soak,
        FIGURES,
        rounds=3,
    ),
)
