"""What the kernel says about processes: time, memory, families, ends."""

import os
import select
import time
from pathlib import Path


def seconds(pid: int) -> float:
    """Return the processor time that a process has used, all threads together."""
    used = 0
    for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        used += int(stat.read_text().split()[0])
    return used / 1e9


def shared(pid: int) -> int:
    """Return the proportional set size of a process in bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} has no Pss")


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    return [int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    return [pid, *(each for child in children(pid) for each in family(child))]


def said(pid: int) -> str:
    """Return the command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def wait_gone(pid: int, limit: float = 20.0) -> float:
    """Wait for the end of any process, not only a child; return the wall clock of its end."""
    descriptor = os.pidfd_open(pid)
    try:
        if not select.select([descriptor], [], [], limit)[0]:
            raise RuntimeError(f"process {pid} lives on after {limit:g} s")
        return time.time()
    finally:
        os.close(descriptor)


def wait_for_file(path: Path, lines: int = 1, limit: float = 30.0) -> list[str]:
    """Wait until a file has so many lines; return them."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        found = path.read_text().splitlines() if path.exists() else []
        if len(found) >= lines:
            return found
        time.sleep(0.001)
    raise RuntimeError(f"{path} never had {lines} lines")
