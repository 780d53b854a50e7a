"""Who belongs to whom on Linux: orphans become the guardian's own children, so its list of children is complete."""

import ctypes
import os

from .ending import Sight, peopled
from .frames import MARK
from .launch import Launch

PR_SET_CHILD_SUBREAPER = 36

LISTED = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
"""Whether this kernel lists the children of a process (nearly all do)."""

Stat = tuple[int, int, int, int]
"""Of one living process: parent, group, session, start time in clock ticks since boot."""


def stat_of(pid: int | str) -> Stat | None:
    """Return what ``/proc`` says about a process, or None when it has ended (a zombie has).

    Raises OSError when nothing can be read (too many open files): not to be taken for an ending.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            data = file.read(1024)
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = data[data.rindex(b")") + 2 :].split()
    if fields[0] in b"ZX":
        return None
    return int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19])


def mark_in(pid: int) -> bytes:
    """Return the mark in a process's environment, or nothing (also when it may not be read)."""
    try:
        with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:
            data = b"\0" + file.readall()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
    return data.partition(b"\0" + MARK)[2].partition(b"\0")[0]


def children_of(pid: int) -> list[int]:
    """Return the children of all threads of a process. Exact for our own: nobody else takes one off the list."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb", buffering=0) as file:
                found += map(int, file.readall().split())
    except (FileNotFoundError, ProcessLookupError):
        if not LISTED:
            return [child for child, (stat, _) in _everything().items() if stat[0] == pid]
    return found  # one that ended meanwhile has given its children to us, where they are seen


class LinuxSight(Sight):
    """Sees processes through ``/proc``, and little of it: our children and what is below them."""

    adopts = True

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._owners: dict[tuple[int, int], bytes] = {}

    def prepare(self) -> None:
        """Become the parent of every orphan below."""
        self._libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def start_of(self, pid: int) -> int:
        """Return the start time of a child (0: it has already ended, or cannot be read)."""
        try:
            stat = stat_of(pid)
        except OSError:
            return 0
        return stat[3] if stat else 0

    def ended(self, inherited: list[Launch]) -> list[Launch]:
        """Return those of a former guardian's launches whose command has ended."""
        try:
            stats = [(launch, stat_of(launch.pid)) for launch in inherited]
        except OSError:
            return []
        return [launch for launch, stat in stats if stat is None or launch.start not in (0, stat[3])]

    def look(self, wanted: list[Launch], everyone: dict[bytes, Launch]) -> bool:
        """Bring ``kin`` of the wanted launches up to date; False when nothing could be seen just now."""
        try:
            self._look(wanted, everyone)
        except OSError:
            return False
        return True

    def _look(self, wanted: list[Launch], everyone: dict[bytes, Launch]) -> None:
        orphans = self._orphans(everyone)
        everywhere = _everything() if any(launch.inherited for launch in wanted) else {}
        for launch in wanted:
            seen = {pid: stat for pid, (owner, stat) in orphans.items() if owner == launch.id}
            if launch.inherited:
                seen |= _carriers(launch, everywhere, everyone)
            others = {*launch.kin, launch.pid} if launch.alive else set(launch.kin)
            family = _below(seen, others, launch)
            if launch.alive:
                family.pop(launch.pid, None)
            launch.kin = {pid: stat[3] for pid, stat in family.items()}
            # All of them in sessions that the run made: a group of somebody else cannot be joined from there.
            launch.groups = peopled(launch.groups | {stat[1] for stat in family.values()})

    def orphans(self, everyone: dict[bytes, Launch]) -> dict[int, int] | None:
        """Return our adopted children with their start times; None when nothing could be seen just now."""
        try:
            return {pid: stat[3] for pid, (_, stat) in self._orphans(everyone).items()}
        except OSError:
            return None

    def unclaimed(self, everyone: dict[bytes, Launch]) -> dict[int, int] | None:
        """Return orphans (and what is below them) that belong to no known launch; None when nothing can be seen."""
        try:
            lost = {pid: stat for pid, (owner, stat) in self._orphans(everyone).items() if owner not in everyone}
            return {pid: stat[3] for pid, stat in _below(lost, set(), None).items()}
        except OSError:
            return None

    def _orphans(self, everyone: dict[bytes, Launch]) -> dict[int, tuple[bytes, Stat]]:
        """Return our adopted children with the id of the launch that each comes from (empty: unknown)."""
        mains = {launch.pid for launch in everyone.values() if launch.alive}
        found: dict[int, tuple[bytes, Stat]] = {}
        for pid in children_of(os.getpid()):
            stat = stat_of(pid) if pid not in mains else None
            if stat is not None:
                found[pid] = self._owners.get((pid, stat[3])) or _owner(pid, stat, everyone), stat
        self._owners = {(pid, stat[3]): owner for pid, (owner, stat) in found.items()}
        return found


def _owner(pid: int, stat: Stat, everyone: dict[bytes, Launch]) -> bytes:
    """Return the id of the launch that an orphan comes from: seen below it, of its session or group, or by its mark."""
    _, group, session, start = stat
    for launch in everyone.values():
        if launch.kin.get(pid) == start or launch.pid in (session, group):
            return launch.id
    mark = mark_in(pid)
    owners = [launch.id for launch in everyone.values() if mark and launch.mark == mark]
    # Of several with one mark the last one to end takes what is left.
    return owners[0] if len(owners) == 1 else b""


def _below(seen: dict[int, Stat], others: set[int], launch: Launch | None) -> dict[int, Stat]:
    """Return the processes that were just ``seen``, the living among ``others``, and everything below them.

    What was just seen counts also when it is gone by now: it may have handed on to another process.
    """
    found: dict[int, Stat] = {}
    waiting: list[tuple[int, Stat | None]] = [*seen.items(), *((pid, None) for pid in others)]
    while waiting:
        pid, stat = waiting.pop()
        if pid in found:
            continue
        stat = stat or stat_of(pid)
        if stat is None or not _same(launch, pid, stat[3]):
            continue
        found[pid] = stat
        waiting += [(child, None) for child in children_of(pid)]
    return found


def _same(launch: Launch | None, pid: int, start: int) -> bool:
    """Whether a process id still means the process that was seen: a reused one is never touched."""
    return launch is None or launch.kin.get(pid, start) == start


def _everything() -> dict[int, tuple[Stat, bytes]]:
    """Return every living process with its mark, the newest first: needed only for launches of a former guardian.

    Each is looked at once and whole, since who hands on to a new process all the time is gone at a second look.
    """
    found: dict[int, tuple[Stat, bytes]] = {}
    for pid in sorted((int(name) for name in os.listdir("/proc") if name.isdigit()), reverse=True):
        stat = stat_of(pid)
        if stat is not None:
            found[pid] = stat, mark_in(pid)
    return found


def _carriers(
    launch: Launch, processes: dict[int, tuple[Stat, bytes]], everyone: dict[bytes, Launch]
) -> dict[int, Stat]:
    """Return processes of the launch's session or group, or with its mark when no other launch has the same."""
    alone = bool(launch.mark) and sum(other.mark == launch.mark for other in everyone.values()) == 1
    ourselves = {os.getpid(), os.getppid()}
    return {
        pid: stat
        for pid, (stat, mark) in processes.items()
        if pid not in ourselves
        and stat[3] >= launch.start
        and (launch.pid in stat[1:3] or (alone and mark == launch.mark))
    }
