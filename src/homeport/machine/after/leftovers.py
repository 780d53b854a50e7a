"""What a killed house left running: found by what it noted down and by the marks of its programs.

Who is meant: a noted process that still has its number *and* its birth; the members of the session and group that such a
process leads; whoever carries the mark of a dead house of this instance in its environment; and everything below these.
A number alone means nobody: it may have been given to somebody else.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import psutil
from msgspec import Struct

from homeport.machine.after.containers import Left, look
from homeport.machine.after.ledger import Account, accounts
from homeport.machine.liveness import is_alive

MARK = "HOMEPORT_RUN"
"""The variable that names, in the environment of a program and of all that it starts, instance, house, place and run."""


class Leftover(Struct, frozen=True):
    """A process that outlived its house: its number, its ``name`` for people, and the place it ran for, when that is known.

    A container has the number 0, and its own name.
    """

    pid: int
    name: str
    place: str = ""


class Found(Struct, frozen=True):
    """A process and the group that it was in when it was seen."""

    process: psutil.Process
    group: int


def mark_prefix(instance: str, house: str) -> str:
    """Return what the marks of all programs of one house begin with."""
    return f"{instance}/{house}/"


def leftovers(folder: Path, instance: str) -> list[Leftover]:
    """Return what killed houses of an instance left running."""
    known = list(accounts(folder))
    processes = [described(one.process) for one in find(known, instance)]
    return processes + [contained(one) for one in look(known) if isinstance(one, Left)]


def contained(left: Left) -> Leftover:
    """Return a container as it is told of."""
    return Leftover(0, left.promise.name, left.place)


def strangers(but: Collection[int] = ()) -> list[Leftover]:
    """Return processes that carry a mark while no house or guardian stands above them: nobody will ever end them.

    ``but``: numbers of processes that are known to whoever asks. The others are of houses whose notes are gone, or that keep
    them elsewhere (another HOME), so they are only to be named.
    """
    every = {process.pid: process for process in psutil.process_iter(["ppid", "cmdline"])}
    marked = [process for pid, process in every.items() if pid not in but and _mark(process).count("/") >= 3]
    return [described(process) for process in marked if _lives(process) and not _is_looked_after(process.pid, every)]


def _mark(process: psutil.Process) -> str:
    try:
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError):
        return ""


def _is_looked_after(pid: int, every: Mapping[int, psutil.Process]) -> bool:
    """Whether a process of ours stands above a process."""
    seen: set[int] = set()
    while pid in every and pid not in seen:
        seen.add(pid)
        pid = every[pid].info["ppid"] or 0
        if pid in every and "homeport" in " ".join(every[pid].info["cmdline"] or ()):
            return True
    return False


def find(known: Sequence[Account], instance: str) -> list[Found]:
    """Return the living processes of dead houses, each once; the newest first, since they may hand on to others soon."""
    leaders = {noted.pid for account in known for noted in account.runs if is_alive(noted.pid, noted.birth)}
    prefixes = tuple(mark_prefix(instance, account.house) for account in known)
    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found: dict[int, Found] = {}
    for pid in reversed(psutil.pids()) if known else ():
        one = _seen(pid, leaders, prefixes) if pid not in spared else None
        if one is not None:
            found[pid] = one
            found.update({child.pid: Found(child, 0) for child in _below(one.process) if child.pid not in found})
    return list(found.values())


def _seen(pid: int, leaders: set[int], prefixes: tuple[str, ...]) -> Found | None:
    """Return a process if it is one of theirs and lives."""
    try:
        process = psutil.Process(pid)
        group = os.getpgid(pid)
        theirs = pid in leaders or bool({os.getsid(pid), group} & leaders) or _mark(process).startswith(prefixes)
        return Found(process, group) if theirs and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, OSError):
        return None


def _below(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [child for child in process.children(recursive=True) if _lives(child)]
    except psutil.Error:
        return []


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def described(process: psutil.Process) -> Leftover:
    """Return a process as it is told of."""
    try:
        name = process.name()
        mark = process.environ().get(MARK, "").split("/")
    except psutil.Error:
        return Leftover(process.pid, "a process that is ending")
    return Leftover(process.pid, name, mark[2] if len(mark) > 2 else "")


def listed(found: Sequence[Leftover]) -> str:
    """Return leftovers for people, by what they ran for: ``api (process 71) and worker (processes 72, 73)``."""
    places: dict[str, list[int]] = {}
    for one in found:
        if one.pid:
            places.setdefault(one.place or one.name, []).append(one.pid)
    shown = [f"{one.place or one.name} (container {one.name})" for one in found if not one.pid]
    shown += [
        f"{place} ({'process' if len(pids) == 1 else 'processes'} {', '.join(map(str, sorted(pids)))})"
        for place, pids in sorted(places.items())
    ]
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else "".join(shown)
