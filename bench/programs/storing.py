"""``storing.py FOLDER``: print as JSON what the log store costs inside a process: seconds, by name."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from homeport.kit.masking import NOTHING, Mask
from homeport.logs.book import DiskLogBook
from homeport.logs.reader import LogReader
from homeport.model.queries import Query

SECRETS = {
    "sk_live_51HqLyjWDarjtT1zdp7dcR9x": "STRIPE",
    "postgres://app:Zu7/q9wX@localhost:5432/app": "DATABASE",
    "hunter2-correct-horse": "PASSWORD",
    "AKIAIOSFODNN7EXAMPLE/wJalrXUtnFEMI+K7": "CLOUD",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a": "GITHUB",
}
LINE = b"2026-01-02T03:04:05.678Z INFO  request id=%08d path=/api/v1/items?page=3 status=200 took=12ms user=42\n"
CHUNK = 256 * 1024
MILLION = 1_000_000
ROUNDS = 5


def fed(root: Path, mask: Mask, size: int) -> float:
    """Return the seconds that a pen takes for so many bytes, as they come through a pipe."""
    data = b"".join(LINE % number for number in range(100_000))
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    pen = DiskLogBook(root, wall=time.time, mask=mask).writer("api", run=1)
    began, done = time.perf_counter(), 0
    while done < size:
        for chunk in chunks:
            pen.feed("out", chunk)
            done += len(chunk)
    pen.close()
    return (time.perf_counter() - began) * size / done


def fill(root: Path) -> LogReader:
    """Write a million lines: one in a thousand is an error, one in ten thousand has a needle."""
    pen = DiskLogBook(root, wall=time.time).writer("api", run=1)
    for start in range(0, MILLION, 1000):
        pen.feed("out", b"".join(_row(number) for number in range(start, start + 1000)))
    pen.close()
    return LogReader(root)


def _row(number: int) -> bytes:
    level = b"ERROR" if number % 1000 == 0 else b"INFO"
    return b"%s line %07d of a program %s\n" % (level, number, b"needle" if number % 10_000 == 77 else b"hay")


def took(act: Callable[[], int], found: int) -> float:
    """Return the median seconds of a search that must find so many lines."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        assert act() == found
        times.append(time.perf_counter() - began)
    return median(times)


def main() -> None:
    """Measure everything in one folder."""
    root = Path(sys.argv[1])
    known = Mask(lambda: SECRETS)
    values = {"feed": fed(root / "none", NOTHING, 150_000_000), "secrets": fed(root / "five", known, 40_000_000)}
    reader = fill(root / "million")

    def count(**asked: str) -> int:
        return sum(1 for _ in reader.lines(["api"], Query(**asked)))  # type: ignore[arg-type]

    values["tail"] = took(lambda: len(reader.tail(["api"], 1000)), 1000)
    values["grep"] = took(lambda: count(grep="needle"), 100)
    values["pattern"] = took(lambda: count(grep=r"need(le|ing)|n[oa]il"), 100)
    values["level"] = took(lambda: count(level="error"), 1000)
    values["since"] = took(lambda: sum(1 for _ in reader.lines(["api"], Query(since=time.time()))), 0)
    print(json.dumps(values))


main()
