"""The disk is full, or what Homeport keeps on it is taken away while it runs."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.other_user import give, homeport, needs, run, start
from drills.seen import Pids, pids
from drills.stage import GONE, PROGRAMS, Stage
from drills.waiting import until
from homeport.client.client import Client
from homeport.model.view import Frame

SIZE = "8m"
STACK = """
from homeport import Stack

stack = Stack("full")
for n in range(4):
    stack.service(f"s{n}", run=["python3", LINES, f"{WRITTEN}/s{n}", "0.005"])
"""
INSTANCE = "state/homeport/instances/full"
_LOST = re.compile(r"(\d+) lines were lost")
_NUMBER = re.compile(r"line (\d+) ")


def full(stage: Stage, where: str) -> Values:
    """Fill the disk that holds ``where``; look at who goes on and what is told; make room; look at what is left."""
    with _small_disk(stage.folder / where) as disk:
        house, client = _up(stage), stage.client()
        before = _pids(client.status())
        filler = _fill(disk)
        refused = until(lambda: _refused(client), "nothing is told of logs that cannot be written")
        if where == "state":
            _insist_on_refusal(stage)
        seen = _written(stage)
        until(lambda: all(now > seen[name] for name, now in _written(stage).items()), "somebody was held up")
        insist(_pids(client.status()) == before, f"somebody was started again: {before}, then {_pids(client.status())}")
        filler.unlink()
        made = time.monotonic()
        until(lambda: all(_told(client, name, "can be written again") for name in refused), "not written again")
        healed = time.monotonic() - made
        done = stage.homeport("disable", "s3")
        insist(done.returncode == 0, f"a wish is refused although there is room: {done.stderr}")
        written = _end(stage, house)
        for name in written:
            _insist_on_lines(stage, name, written[name])
        _insist_on_whole_files(stage)
        return {"healed": healed, "gone": time_until_gone(stage)}


def removed(stage: Stage) -> Values:
    """Remove the folder of the logs while everybody writes."""
    house, client = _up(stage), stage.client()
    before = _pids(client.status())
    shutil.rmtree(stage.folder / INSTANCE / "logs")
    seen = _written(stage)
    took = time.monotonic()
    until(lambda: all(_last(stage, name) > seen[name] for name in seen), "what is written later is not in the logs", 20)
    healed = time.monotonic() - took
    insist(_pids(client.status()) == before, f"somebody was started again: {before}, then {_pids(client.status())}")
    insist(bool(client.status().notices), "nothing is told of the logs that are gone")
    written = _end(stage, house)
    for name in written:
        insist(_last(stage, name) >= written[name] - 1, f"{name} wrote {written[name]}, kept {_last(stage, name)}")
    return {"healed": healed, "gone": time_until_gone(stage)}


def read_only(stage: Stage) -> Values:
    """Take the right to write below the state folder away from an ordinary user, and give it back."""
    _prepare(stage)
    give(stage)
    house = start(stage, homeport("up"))
    until(lambda: run(stage, homeport("wait", "--timeout", "20s")).returncode == 0, "not ready")
    before = _seen_pids(stage)
    _permit(stage, writing=False)
    done = run(stage, homeport("disable", "s3"))
    insist(done.returncode == 3 and "permissions" in done.stderr, f"disable: {done.returncode}, {done.stderr}")
    seen = _written(stage)
    until(
        lambda: all(now > seen[name] for name, now in _written(stage).items() if name != "s3"), "somebody was held up"
    )
    insist(_seen_pids(stage) == before, f"somebody was started again: {before}, then {_seen_pids(stage)}")
    _permit(stage, writing=True)
    done = run(stage, homeport("disable", "s3"))
    insist(done.returncode == 0, f"a wish is refused although it can be kept: {done.stderr}")
    for name, last in _end(stage, house).items():
        _insist_on_lines(stage, name, last)
    _insist_on_whole_files(stage)
    return {"gone": time_until_gone(stage)}


def _permit(stage: Stage, *, writing: bool) -> None:
    for path in (stage.folder / "state", *(stage.folder / "state").rglob("*")):
        if path.is_dir():
            path.chmod(0o700 if writing else 0o500)
        elif not path.is_socket():
            path.chmod(0o600 if writing else 0o400)


def _seen_pids(stage: Stage) -> Pids:
    frame = msgspec.json.decode(run(stage, homeport("status", "--json")).stdout, type=Frame)
    return _pids(frame)


def _prepare(stage: Stage) -> None:
    (stage.folder / "written").mkdir()
    stage.write_stack(STACK, LINES=str(PROGRAMS / "number_lines.py"), WRITTEN=str(stage.folder / "written"))


def _up(stage: Stage) -> "subprocess.Popen[bytes]":
    _prepare(stage)
    house = stage.up()
    until(lambda: len(_written(stage)) == 4, "nobody writes")
    return house


def _end(stage: Stage, house: "subprocess.Popen[bytes]") -> dict[str, int]:
    """End politely; return how many lines each service wrote."""
    house.send_signal(signal.SIGINT)
    insist(house.wait() == 130, f"it ended with {house.returncode}: {stage.said()[-2000:]}")
    insist("Traceback" not in stage.said(), f"a traceback: {stage.said()[-3000:]}")
    return {name: last for name, last in _written(stage).items() if name != "s3"}  # it began anew


def _insist_on_refusal(stage: Stage) -> None:
    """A wish that cannot be kept is an error with a next step; looking goes on."""
    done = stage.homeport("disable", "s3")
    insist(
        done.returncode == 3 and "not remember it" in done.stderr and "make room" in done.stderr,
        f"disable: {done.returncode}, {done.stderr}",
    )
    for words in (("status",), ("logs", "s0")):
        done = stage.homeport(*words)
        insist(done.returncode == 0, f"{words[0]} does not answer: {done.stderr}")
    stage.homeport("enable", "s3")


def _insist_on_lines(stage: Stage, name: str, written: int) -> None:
    """Lines that are not there were told as lost; the last one may be cut."""
    texts = _texts(stage, name)
    told = sum(int(found[1]) for text in texts if (found := _LOST.search(text)))
    numbers = [int(found[1]) for text in texts if (found := _NUMBER.match(text))]
    given_up = any("given up" in text for text in texts)
    first = numbers[0] if given_up else 1
    missing = written - first + 1 - len(numbers)
    insist(numbers == sorted(set(numbers)), f"{name}: lines are out of order or twice")
    insist(missing <= told + 1, f"{name}: {missing} of {written} lines are missing, and {told} were told")


def _insist_on_whole_files(stage: Stage) -> None:
    for path in (stage.folder / "state").rglob("*.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError as error:
            insist(False, f"{path.name} is broken: {error}")


def _texts(stage: Stage, name: str) -> list[str]:
    done = stage.homeport("logs", name, "--tail", "10000000", "--json")
    return [json.loads(line)["text"] for line in done.stdout.splitlines()]


def _last(stage: Stage, name: str) -> int:
    return max((int(found[1]) for text in _texts(stage, name) if (found := _NUMBER.match(text))), default=0)


def _written(stage: Stage) -> dict[str, int]:
    return {path.name: int.from_bytes(path.read_bytes(), "little") for path in (stage.folder / "written").iterdir()}


def _told(client: Client, name: str, words: str) -> bool:
    return any(words in notice and f" {name}:" in notice for notice in client.status().notices)


def _refused(client: Client) -> list[str]:
    return [name for name in ("s0", "s1", "s2") if _told(client, name, "cannot be written")]


def _pids(frame: Frame) -> Pids:
    return pids(frame, but=("s3",))  # it is disabled meanwhile


def _fill(disk: Path) -> Path:
    """Leave no byte free; return the file that holds the room."""
    place = disk / "filler"
    with open(place, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return place


@contextmanager
def _small_disk(place: Path) -> Iterator[Path]:
    place.mkdir(parents=True, mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "drill", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def _needs() -> str | None:
    if os.geteuid() != 0:
        return "only root can mount a small disk"
    trial = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "drill", "/mnt"], capture_output=True, check=False
    )
    return None if trial.returncode == 0 else "no disk can be mounted here"


HEALED = Figure("written again after", "healed", limit=10.0)
DRILLS = (
    Drill(
        "disk-full",
        "On a full disk services run on, logs say what they lack, a wish is refused; with room again all goes on, whole",
        partial(full, where="state"),
        (HEALED, Figure("gone after", "gone", limit=GONE)),
        needs=_needs,
    ),
    Drill(
        "log-disk-full",
        "The same when only the logs lie on a full disk",
        partial(full, where=f"{INSTANCE}/logs"),
        (HEALED, Figure("gone after", "gone", limit=GONE)),
        needs=_needs,
    ),
    Drill(
        "logs-removed",
        "Logs whose folder is removed under a running house go on in a new one, and that is told",
        removed,
        (HEALED, Figure("gone after", "gone", limit=GONE)),
    ),
    Drill(
        "state-read-only",
        "An ordinary user's state folder that cannot be written stops nothing, refuses wishes, and is used again later",
        read_only,
        (Figure("gone after", "gone", limit=GONE),),
        needs=needs,
    ),
)
