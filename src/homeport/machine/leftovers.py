"""What a killed house left running: found by what it noted down and by the marks of its programs, and ended.

Who is meant: a noted process that still has its number *and* its birth; the members of the session and group that such a
process leads; whoever carries the mark of a dead house of this instance in its environment; and everything below these.
A number alone means nobody: it may have been given to somebody else.
"""

import os
import signal
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from msgspec import Struct

from homeport.machine.house import Running
from homeport.machine.instances import Instance
from homeport.machine.ledger import Account, accounts
from homeport.machine.liveness import await_ends, birth_of, is_alive
from homeport.model.errors import OutsideError

MARK = "HOMEPORT_RUN"
"""The variable that names, in the environment of a program and of all that it starts, instance, house, place and run."""

GRACE = 3.0
"""Seconds for a clean stop, as a guardian gives them; then they are killed."""

GUARDIAN_LIMIT = 6.0
"""Seconds in which a guardian that still lives must have done its work: its own grace, and then it kills."""

_ROUNDS = 12
_PAUSE = 0.5


class Leftover(Struct, frozen=True):
    """A process that outlived its house: its number, its ``name`` for people, and the place it ran for, when that is known."""

    pid: int
    name: str
    place: str = ""


class _Found(Struct, frozen=True):
    """A process and the group that it was in when it was seen."""

    process: psutil.Process
    group: int


def mark_prefix(instance: str, house: str) -> str:
    """Return what the marks of all programs of one house begin with."""
    return f"{instance}/{house}/"


def leftovers(folder: Path, instance: str) -> list[Leftover]:
    """Return what killed houses of an instance left running."""
    return [_described(one.process) for one in _find(list(accounts(folder)), instance)]


def reap(folder: Path, instance: str, say: Callable[[str], None]) -> list[Leftover]:
    """End what killed houses of an instance left running, and return it (blocking). To be called by who holds its lease.

    A guardian that still lives is given the time to do that by itself. Raises OutsideError when somebody does not end.
    """
    known = list(accounts(folder))
    reaped: list[Leftover] = []
    if known:
        reaped = _reap(known, instance, say)
        for account in known:
            account.file.unlink(missing_ok=True)
    return reaped


def strangers(but: Collection[int] = ()) -> list[Leftover]:
    """Return processes that carry a mark while no house or guardian stands above them: nobody will ever end them.

    ``but``: numbers of processes that are known to whoever asks. The others are of houses whose notes are gone, or that keep
    them elsewhere (another HOME), so they are only to be named.
    """
    every = {process.pid: process for process in psutil.process_iter(["ppid", "cmdline"])}
    marked = [process for pid, process in every.items() if pid not in but and _mark(process).count("/") >= 3]
    return [_described(process) for process in marked if _lives(process) and not _is_looked_after(process.pid, every)]


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


def tidy(instance: Instance, say: Callable[[str], None]) -> list[Leftover] | None:
    """End what killed houses of an instance left (blocking), and remove the files of their runs; return what was ended.

    None: a house holds the instance by now, and does it by itself. Raises OutsideError when somebody does not end.
    """
    lease = instance.look_after()
    if isinstance(lease, Running):
        return None
    try:
        reaped = reap(instance.folder, instance.name, say)
        instance.forget_run()
        return reaped
    finally:
        lease.close()


def _reap(known: list[Account], instance: str, say: Callable[[str], None]) -> list[Leftover]:
    _await_guardians(known)
    found = _find(known, instance)
    reaped = [_described(one.process) for one in found]
    if found:
        say(f"an earlier run was killed and left {listed(reaped)} behind; that is ended first")
        _ask(found, {noted.pid: noted.stop for account in known for noted in account.runs})
    for _ in range(_ROUNDS):
        found = _find(known, instance)
        if not found:
            return reaped
        _kill(found)
    left = [_described(one.process) for one in found]
    raise OutsideError(
        f"what an earlier run left does not end: {listed(left)}", hint="end it by hand: kill -9 and the number"
    )


def _await_guardians(known: Iterable[Account]) -> None:
    """Let living guardians finish; one that cannot (it was stopped, say) is killed: its work is ours then."""
    guards = [account.guardian for account in known if account.guardian is not None]
    stuck = await_ends([(guard.pid, guard.birth) for guard in guards], GUARDIAN_LIMIT)
    for pid, birth in stuck:
        _kill_one(pid, birth)
    await_ends(stuck, GRACE)


def _await_ends(found: Iterable[_Found], seconds: float) -> None:
    await_ends([(pid, birth) for one in found if (birth := birth_of(pid := one.process.pid))], seconds)


def _find(known: Sequence[Account], instance: str) -> list[_Found]:
    """Return the living processes of dead houses, each once; the newest first, since they may hand on to others soon."""
    leaders = {noted.pid for account in known for noted in account.runs if is_alive(noted.pid, noted.birth)}
    prefixes = tuple(mark_prefix(instance, account.house) for account in known)
    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found: dict[int, _Found] = {}
    for pid in reversed(psutil.pids()) if known else ():
        one = _seen(pid, leaders, prefixes) if pid not in spared else None
        if one is not None:
            found[pid] = one
            found.update({child.pid: _Found(child, 0) for child in _below(one.process) if child.pid not in found})
    return list(found.values())


def _seen(pid: int, leaders: set[int], prefixes: tuple[str, ...]) -> _Found | None:
    """Return a process if it is one of theirs and lives."""
    try:
        process = psutil.Process(pid)
        group = os.getpgid(pid)
        theirs = pid in leaders or bool({os.getsid(pid), group} & leaders) or _mark(process).startswith(prefixes)
        return _Found(process, group) if theirs and process.status() != psutil.STATUS_ZOMBIE else None
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


def _ask(found: list[_Found], stops: dict[int, int]) -> None:
    """Ask everyone to end, and wait for that a little. A stopped process hears nothing, so it is made to go on."""
    for one in found:
        _send(one.process, stops.get(one.process.pid, signal.SIGTERM))
        _send(one.process, signal.SIGCONT)
    _await_ends(found, GRACE)


def _kill(found: list[_Found]) -> None:
    """Kill everyone, with their groups: who hands on to a new process all the time cannot leave those unseen."""
    for one in found:
        _send(one.process, signal.SIGKILL)
    for group in {one.group for one in found} - {0, 1, os.getpgid(0)}:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    _await_ends(found, _PAUSE)


def _send(process: psutil.Process, number: int) -> None:
    """Signal the very process that was seen; psutil refuses when its number means another one by now."""
    try:
        process.send_signal(number)
    except psutil.Error:
        return


def _kill_one(pid: int, birth: str) -> None:
    """Kill the process that had this number and birth, while it lives."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        if is_alive(pid, birth):
            process.kill()


def _described(process: psutil.Process) -> Leftover:
    try:
        name = process.name()
        mark = process.environ().get(MARK, "").split("/")
    except psutil.Error:
        return Leftover(process.pid, "a process that is ending")
    return Leftover(process.pid, name, mark[2] if len(mark) > 2 else "")


def listed(found: Sequence[Leftover]) -> str:
    """Return processes for people, by what they ran for: ``api (process 71) and worker (processes 72, 73)``."""
    places: dict[str, list[int]] = {}
    for one in found:
        places.setdefault(one.place or one.name, []).append(one.pid)
    shown = [
        f"{place} ({'process' if len(pids) == 1 else 'processes'} {', '.join(map(str, sorted(pids)))})"
        for place, pids in sorted(places.items())
    ]
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else "".join(shown)
