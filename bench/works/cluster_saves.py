"""Saves into pods: one file, a thousand at once, and one while a large file is on its way."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median

from bench.cluster import ask, local_port, namespace, p95, running, served
from bench.place import Place
from bench.work import Row, Side, Values, Work

SAVES = 60
PAUSE = 0.25
SETTLED = 0.012
"""Seconds after a save within which nobody looks: it has settled after ten, and each look is work that it waits for."""
MANY = 1000
SIZE = 200_000_000
TIMES = 3


def one_file(replicas: int) -> Side:
    """Return a work that saves one file again and again, until all pods serve what is new."""

    def doing(place: Place) -> Values:
        with namespace(place) as name:
            served(place, name, replicas=replicas)
            with running(place):
                port = local_port(place, "web")
                took = [_save(place, port, f"save {turn}", replicas) for turn in range(SAVES)]
            place.run(place.homeport, "down")
        return {"seconds": median(took), "p95": p95(took)}

    return doing


def _save(place: Place, port: int, text: str, replicas: int) -> float:
    """Save a file; return the time until requests into all pods at once were answered with the new content."""
    time.sleep(PAUSE)
    began = time.perf_counter()
    (place.folder / "data" / "one").write_text(text)
    time.sleep(SETTLED)
    return _until(began, partial(ask, port, "/data/one"), text, replicas)


def _until(began: float, look: Callable[[], bytes], wanted: str, times: int = 1, pause: float = 0.004) -> float:
    """Look until each of several requests at once is answered so; return the time until the last answer."""
    with ThreadPoolExecutor(times) as pool:
        while {each.result() for each in [pool.submit(look) for _ in range(times)]} != {wanted.encode()}:
            if time.perf_counter() - began > 60:
                raise RuntimeError(f"{wanted} never came")
            time.sleep(pause)
        return time.perf_counter() - began


def many_files(place: Place) -> Values:
    """Move a thousand changed files into place at once, several times; take the time from the last of them on."""
    with namespace(place) as name:
        served(place, name)
        _fill(place, "many", "0000")
        with running(place):
            port = local_port(place, "web")
            took = [_move(place, port, f"{turn:04}") for turn in range(1, 2 * TIMES)]
        place.run(place.homeport, "down")
    return {"seconds": median(took)}


def _fill(place: Place, folder: str, mark: str) -> None:
    (place.folder / "data" / "many").mkdir(exist_ok=True)
    (place.folder / folder).mkdir(exist_ok=True)
    where = "data/many" if folder == "many" else folder
    for number in range(MANY):
        (place.folder / where / f"{number}.txt").write_text(mark + f"{number:04}" * 1023)


def _move(place: Place, port: int, mark: str) -> float:
    _fill(place, f"next{mark}", mark)
    os.sync()  # else each of the renames would begin to write a file to the disk
    time.sleep(1.0)
    for each in (place.folder / f"next{mark}").iterdir():
        each.rename(place.folder / "data" / "many" / each.name)
    began = time.perf_counter()  # what saving them costs is the disk's
    _until(began, partial(ask, port, f"/begin/4/data/many/{MANY - 1}.txt"), mark, pause=0.01)  # to look is work itself
    return _until(began, partial(ask, port, f"/count/data/many/{mark}"), str(MANY))


def beside_a_large_one(place: Place) -> Values:
    """Save one file while 200 MB go up; the same before and after."""
    with namespace(place) as name:
        served(place, name)
        with running(place):
            port = local_port(place, "web")
            calm = [_save(place, port, f"calm {turn}", 1) for turn in range(20)]
            large, busy = zip(*(_upload(place, port, turn) for turn in range(TIMES)), strict=True)
        place.run(place.homeport, "down")
    saved = [took for each in busy for took in each]
    return {"more": median(saved) - median(calm), "large": median(large), "saves": len(saved)}


def _upload(place: Place, port: int, turn: int) -> tuple[float, list[float]]:
    """Save a large file and, until it is there, small ones; return its time, and theirs that were over before."""
    mark = f"{turn:064}"
    large, took = place.folder / "data" / "large", list[float]()
    (place.folder / "large").write_bytes(mark.encode() + bytes(SIZE))
    time.sleep(1.0)
    began = time.perf_counter()
    (place.folder / "large").rename(large)
    while True:
        took.append(_save(place, port, f"{turn} {len(took)}", 1))
        if ask(port, "/begin/64/data/large") == mark.encode():
            return time.perf_counter() - began, took[:-1] or took


WORKS = (
    *(
        Work(
            f"saves-{replicas}",
            (
                Row(f"save to served, replicas {replicas}", limit=25),
                Row(f"the same, p95 of {SAVES}", "p95", limit=60),
            ),
            {"homeport": one_file(replicas)},
        )
        for replicas in (1, 3)
    ),
    Work("files", (Row("1,000 files saved to all served", limit=300),), {"homeport": many_files}),
    Work(
        "beside",
        (
            Row("a save beside 200 MB going up: more", "more", limit=25),
            Row("the 200 MB", "large"),
            Row("saves meanwhile", "saves", "", 1),
        ),
        {"homeport": beside_a_large_one},
    ),
)
