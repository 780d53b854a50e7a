"""Who belongs to whom where the kernel adopts nobody for us (macOS): by session, group, ancestry and mark, through ``ps``."""

import os
import sys
import time

from .ending import Sight, peopled
from .frames import MARK
from .launch import Launch


class Row:
    """One living process."""

    __slots__ = ("group", "mark", "parent", "session")

    def __init__(self, parent: int, group: int, session: int, mark: bytes) -> None:
        self.parent = parent
        self.group = group
        self.session = session
        self.mark = mark


class PortableSight(Sight):
    """Sees processes through ``ps``; one look serves all launches that are asked about together.

    What was once seen below a launch is remembered, so that a child which leaves its session and loses its parent is still
    known. ``ps`` tells start times only roughly; what is absent in one look is forgotten at once, which leaves a reused
    process id next to no room.
    """

    adopts = False

    def prepare(self) -> None:
        """Make sure that processes can be seen. Raises SystemExit with a sentence (the guardian's last words) if not."""
        if _table() is None:
            sys.exit('"ps" cannot be run; it is needed to find what programs leave behind')

    def start_of(self, pid: int) -> int:
        """Return the wall time: good enough to tell a process from one that is started much later."""
        return int(time.time())

    def ended(self, inherited: list[Launch]) -> list[Launch]:
        """Return those of a former guardian's launches whose command has ended."""
        table = _table() if inherited else None
        return [launch for launch in inherited if table is not None and launch.pid not in table]

    def look(self, wanted: list[Launch], everyone: dict[bytes, Launch]) -> bool:
        """Bring ``kin`` of the wanted launches up to date; False when ``ps`` could not be started just now."""
        table = _table()
        if table is None:
            return False
        mains = {launch.pid for launch in everyone.values() if launch.alive}
        for launch in wanted:
            alone = bool(launch.mark) and sum(other.mark == launch.mark for other in everyone.values()) == 1
            roots = {
                pid
                for pid, row in table.items()
                if pid in launch.kin or launch.pid in (row.group, row.session) or (alone and row.mark == launch.mark)
            }
            launch.kin = _below(table, roots | ({launch.pid} if launch.alive else set()), mains)
            launch.groups = peopled(launch.groups | {table[pid].group for pid in launch.kin})
        return True

    def orphans(self, everyone: dict[bytes, Launch]) -> dict[int, int] | None:
        """Return nothing: nobody is adopted here."""
        return {}

    def unclaimed(self, everyone: dict[bytes, Launch]) -> dict[int, int] | None:
        """Return nothing: orphans that cannot be attributed are not seen here."""
        return {}


def _below(table: dict[int, Row], roots: set[int], mains: set[int]) -> dict[int, int]:
    """Return the roots and everything below them, but no launch's command and not ourselves."""
    children: dict[int, list[int]] = {}
    for pid, row in table.items():
        children.setdefault(row.parent, []).append(pid)
    ourselves = {os.getpid(), os.getppid()}
    found: set[int] = set()
    waiting = list(roots - ourselves)
    while waiting:
        pid = waiting.pop()
        if pid not in found and pid in table:
            found.add(pid)
            waiting += children.get(pid, ())
    return dict.fromkeys(found - mains - ourselves, 0)


def _table() -> dict[int, Row] | None:
    """Return every living process, or None when ``ps`` cannot be started (there are too many)."""
    # Both print the environment behind the command, for processes of whose environment we may know.
    options = "-axEwwo" if sys.platform == "darwin" else "axewwo"
    text = _ps([options, "pid=,ppid=,pgid=,stat=,command="])
    rows: dict[int, Row] = {}
    for line in text.splitlines():
        pid, parent, group, rest = line.split(None, 3)
        if rest[:1] not in b"ZX":
            try:
                session = os.getsid(int(pid))
            except OSError:
                continue  # ended meanwhile
            mark = rest.partition(b" " + MARK)[2].split(b" ", 1)[0]
            rows[int(pid)] = Row(int(parent), int(group), session, mark)
    return rows or None


def _ps(options: list[str]) -> bytes:
    """Run ``ps`` and return what it prints (nothing when it cannot be started)."""
    try:
        reading, writing = os.pipe()
    except OSError:
        return b""
    try:
        wiring = [(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
        pid = os.posix_spawnp("ps", ["ps", *options], {"PATH": "/bin:/usr/bin", "LC_ALL": "C"}, file_actions=wiring)
    except OSError:
        os.close(reading)
        return b""
    finally:
        os.close(writing)
    with open(reading, "rb", buffering=0) as file:
        text = file.readall()
    os.waitpid(pid, 0)
    return text
