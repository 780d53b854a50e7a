"""Saves: one service reloads, one among 100,000 watched files, one of 500 services changes in the file itself."""

import os
import time
from pathlib import Path
from statistics import median

from bench.place import Place
from bench.processes import wait_for_file, wait_gone
from bench.work import Row, Values, Work

SAVES = 10

STACK = """
from homeport import Stack

stack = Stack("changes")
{services}
"""
SHELL = "echo $$ $(date +%s.%N) >> spawned; exec sleep 1000"
RELOADED = f'stack.service("one", run={SHELL!r}, reload=["**/*.txt"])'
PLAIN = 'for n in range(499):\n    stack.service(f"s{n}", run=["sleep", "1000"])\n'


def reload(place: Place) -> Values:
    """Save a watched file several times; the median of each way."""
    return _saves(place, place.write("saved.txt", ""))


def reload_many(place: Place) -> Values:
    """Save one among 100,000 watched files."""
    for folder in range(1000):
        (place.folder / f"d{folder}").mkdir()
        for name in range(100):
            (place.folder / f"d{folder}" / f"{name}.txt").touch()
    return _saves(place, place.folder / "d500" / "50.txt")


def _saves(place: Place, saved: Path) -> Values:
    place.write("stack.py", STACK.format(services=RELOADED))
    place.run(place.homeport, "up", "-d")
    ways = []
    try:
        for turn in range(SAVES):
            old = int(wait_for_file(place.folder / "spawned", turn + 1)[turn].split()[0])
            time.sleep(0.2)
            began = time.time()
            saved.write_text(str(turn))
            ended = wait_gone(old)
            spawned = float(wait_for_file(place.folder / "spawned", turn + 2)[turn + 1].split()[1])
            ways.append((spawned - ended, ended - began, spawned - began))
    finally:
        place.run(place.homeport, "down")
    gap, to_end, whole = (median(way) for way in zip(*ways, strict=True))
    return {"gap": gap, "to end": to_end, "seconds": whole}


def one_of_500(place: Place) -> Values:
    """Change one service of 500 in the stack file; its old process ends right after the plan."""
    place.write("stack.py", STACK.format(services=PLAIN + RELOADED))
    place.run(place.homeport, "up", "-d")
    try:
        old = int(wait_for_file(place.folder / "spawned")[0].split()[0])
        time.sleep(1.0)
        changed = place.folder / "stack.new"
        changed.write_text(STACK.format(services=PLAIN + RELOADED.replace("reload=", 'env={"A": "1"}, reload=')))
        began = time.time()
        os.replace(changed, place.folder / "stack.py")
        return {"seconds": wait_gone(old) - began}
    finally:
        place.run(place.homeport, "down")


WORKS = (
    Work(
        "reload",
        (
            Row("reload: old ended to new spawned", "gap", limit=10),
            Row("reload: save to old ended", "to end"),
            Row("reload: save to new spawned"),
        ),
        {"homeport": reload},
    ),
    Work("many", (Row("100,000 files: save to old ended", "to end", limit=30),), {"homeport": reload_many}),
    Work("change", (Row("1 of 500 changed: save to old ended", limit=300),), {"homeport": one_of_500}),
)
