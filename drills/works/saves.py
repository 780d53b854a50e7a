"""Saves: a stack file that is broken again and again, and a storm of saves over what services watch."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.load import Load
from drills.seen import pids
from drills.stage import GONE, Stage
from drills.waiting import until
from homeport.client.client import Client

GOOD = """
from homeport import Stack

stack = Stack("saves")
for n in range(5):
    stack.service(f"s{n}", run=["sleep", "1000"])
"""
HEALED = GOOD + 'stack.service("healed", run=["sleep", "1000"])\n'
BROKEN: dict[str, tuple[bytes | None, str]] = {
    "syntax": (GOOD.encode() + b'stack.service("late", run=\n', "stack.py:7"),
    "exception": (GOOD.encode() + b'raise ValueError("no such luck")\n', "stack.py:7"),
    "unknown word": (GOOD.encode() + b'stack.service("late", runn="true")\n', "stack.py:7"),
    "half written": (GOOD.encode()[:-15], "stack.py:6"),
    "empty": (b"", "stack.py"),
    "binary": (bytes(range(256)) * 40, "stack.py"),
    "removed": (None, "gone"),
    "endless": (GOOD.encode() + b"while True:\n    pass\n", "did not end"),
}
"""What is saved by kind (None: the file is removed), and what is then told of it."""
SAVES = 50
RATE, SECONDS, FILES = 1_000, 10.0, 200
"""Saves a second, for how long, over how many files."""

STORMY = """
from homeport import Stack

stack = Stack("stormy")
stack.service("busy", run="cat files/last > shown; echo >> starts; exec sleep 1000", reload=["files"])
for n in range(5):
    stack.service(f"s{n}", run=["sleep", "1000"], reload=[f"other{n}.txt"])
"""


def broken(stage: Stage) -> Values:
    """Save fifty broken files quickly, then each kind slowly enough to be told, then a good one."""
    file = stage.write("stack.py", GOOD)
    house = stage.up()
    client = stage.client()
    before = pids(client.status())
    with _most_evaluators(house.pid) as most:
        for _ in range(SAVES):
            _save(file, BROKEN[stage.chance.choice(list(BROKEN))][0])
            time.sleep(stage.chance.uniform(0, 0.05 if stage.short else 0.2))
        for kind, (content, told) in BROKEN.items():
            if kind != "endless" or not stage.short:  # it takes the twenty seconds that a file may take
                _save(file, content)
                _until_told(client, kind, told)
        now = pids(client.status())
        insist(now == before, f"the last good stack did not run on: {before}, then {now}")
        saved = time.monotonic()
        _save(file, HEALED.encode())
        until(lambda: "healed" in pids(client.status()), f"a good save did not heal: {_error(client)}")
        healed = time.monotonic() - saved
    insist(not _error(client), f"an error stays after a good save: {_error(client)}")
    now = pids(client.status())
    insist(now.items() >= before.items(), f"somebody was started again: {before}, then {now}")
    house.send_signal(signal.SIGINT)
    house.wait()
    return {"evaluators": max(most), "healed": healed, "gone": time_until_gone(stage)}


def storm(stage: Stage) -> Values:
    """Save a thousand times a second; look at restarts, memory and what is shown at the end."""
    seconds = SECONDS / 4 if stage.short else SECONDS
    for number in range(FILES):
        stage.write(f"files/{number}", "0")
    stage.write("files/last", "0")
    stage.write("stack.py", STORMY)
    house = stage.up()
    _shown(stage, "0", time.monotonic())
    normal = [_latency(stage, f"before {each}") for each in range(5)]
    before, starts, load = pids(stage.client().status()), _starts(stage), Load(house.pid)
    memory, began = load.memory(), time.monotonic()
    for number in range(round(RATE * seconds)):
        _pace(began + number / RATE)
        stage.write(f"files/{stage.chance.randrange(FILES)}", str(number))
    took = time.monotonic() - began
    busy = load.per_second()
    last = _latency(stage, "the last save of the storm")
    restarts = _starts(stage) - starts
    after = [_latency(stage, f"after {each}") for each in range(5)]
    others = {name: pid for name, pid in before.items() if name != "busy"}
    now = pids(stage.client().status())
    insist(now.items() >= others.items(), "a service whose files were not saved was started again")
    return {
        "rate": RATE * seconds / took,
        "restarts": restarts / took,
        "busy": busy,
        "last": last,
        "grown": load.memory() - memory,
        "normal": median(normal),
        "after": median(after),
    }


def _latency(stage: Stage, text: str) -> float:
    """Save and return the seconds until the service shows it."""
    stage.write("files/last", text)
    return _shown(stage, text, time.monotonic())


def _shown(stage: Stage, text: str, since: float) -> float:
    shown = stage.folder / "shown"
    until(lambda: shown.exists() and shown.read_text() == text, f"{text!r} was never shown", pause=0.002)
    return time.monotonic() - since


def _starts(stage: Stage) -> int:
    return (stage.folder / "starts").read_text().count("\n")


def _pace(due: float) -> None:
    if (early := due - time.monotonic()) > 0:
        time.sleep(early)


def _save(file: Path, content: bytes | None) -> None:
    """Save as a plain editor does, in place; None: remove it."""
    if content is None:
        file.unlink(missing_ok=True)
    else:
        file.write_bytes(content)


def _until_told(client: Client, kind: str, told: str) -> None:
    until(lambda: told in _error(client), f"a file that is {kind} was not told with {told!r}")


def _error(client: Client) -> str:
    return client.status().file_error or ""


@contextmanager
def _most_evaluators(engine: int) -> Iterator[list[int]]:
    """Count evaluating children while the block lasts, every few milliseconds; what it gives ends with the most."""
    most, over = [0], threading.Event()

    def count() -> None:
        while not over.wait(0.003):
            most[0] = max(most[0], len(_evaluators(engine)))

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def _evaluators(engine: int) -> list[str]:
    try:
        children = Path(f"/proc/{engine}/task/{engine}/children").read_text().split()
    except OSError:
        return []
    found = []
    for pid in children:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.endswith(b"config/child.py") for word in words):
            found.append(pid)
    return found


DRILLS = (
    Drill(
        "broken-saves",
        "Fifty broken saves in a row: the last good stack runs on, the error and its line are told, a good save heals",
        broken,
        (
            Figure("evaluations at once", "evaluators", "", limit=1),
            Figure("healed after", "healed", limit=3.0),
            Figure("gone after", "gone", limit=GONE),
        ),
    ),
    Drill(
        "save-storm",
        "Ten thousand saves in ten seconds: restarts are few, the last save is shown, memory and latency stay",
        storm,
        (
            Figure("saves", "rate", "a second"),
            Figure("restarts", "restarts", "a second", limit=2.0),
            Figure("engine's processor", "busy", "cores", limit=0.8),
            Figure("last save shown after", "last", limit=3.0),
            Figure("memory grown", "grown", "MiB", limit=10.0),
            Figure("a save before", "normal"),
            Figure("a save after", "after", limit=1.0),
        ),
        rounds=3,
    ),
)
