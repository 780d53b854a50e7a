"""Ending what a killed house left running: asked first, then killed with whoever it has handed on to."""

import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from homeport.machine.after.containers import Left, look, remove
from homeport.machine.after.ledger import Account, accounts
from homeport.machine.after.leftovers import Found, Leftover, contained, described, find, listed
from homeport.machine.instances.house import Running
from homeport.machine.instances.instance import Instance
from homeport.machine.liveness import await_ends, birth_of, is_alive
from homeport.model.errors import OutsideError

GRACE = 3.0
"""Seconds for a clean stop, as a guardian gives them; then they are killed."""

GUARDIAN_LIMIT = 6.0
"""Seconds in which a guardian that still lives must have done its work: its own grace, and then it kills."""

_ROUNDS = 12
_PAUSE = 0.5
_BLANK_LOOKS = 3


def reap(folder: Path, instance: str, say: Callable[[str], None]) -> list[Leftover]:
    """End what killed houses of an instance left running, and return it (blocking). To be called by who holds its lease.

    A guardian that still lives is given the time to do that by itself. Raises OutsideError when somebody does not end.
    """
    known = list(accounts(folder))
    reaped: list[Leftover] = []
    if known:
        reaped = _reap(known, instance, say)
        ended, unsure = _reap_containers(known, say)
        reaped += ended
        for account in known:
            if not unsure.intersection(promise.name for promise in account.containers):
                account.file.unlink(missing_ok=True)
    return reaped


def _reap_containers(known: list[Account], say: Callable[[str], None]) -> tuple[list[Leftover], set[str]]:
    """End and remove containers; return them, and the names of those that may still be there for all we know."""
    found = look(known)
    left = [contained(one) for one in found if isinstance(one, Left)]
    if left:
        say(f"an earlier run was killed and left {listed(left)} behind; that is ended first")
    return left, remove(found, say)


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
    found = find(known, instance)
    reaped = [described(one.process) for one in found]
    if found:
        say(f"an earlier run was killed and left {listed(reaped)} behind; that is ended first")
        _ask(found, {noted.pid: noted.stop for account in known for noted in account.runs})
    groups: set[int] = set()
    blank = 0
    for _ in range(_ROUNDS):
        # A chain of forks hides between two looks, but not its group; zombies that nobody collects are members for ever.
        groups = _peopled(groups | {one.group for one in found})
        found = find(known, instance)
        blank = 0 if found else blank + 1
        if not found and (not groups or blank > _BLANK_LOOKS):
            return reaped
        _kill(found, groups | {one.group for one in found})
    left = [described(one.process) for one in found]
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


def _await_ends(found: Iterable[Found], seconds: float) -> None:
    await_ends([(pid, birth) for one in found if (birth := birth_of(pid := one.process.pid))], seconds)


def _ask(found: list[Found], stops: dict[int, int]) -> None:
    """Ask everyone to end, and wait for that a little. A stopped process hears nothing, so it is made to go on."""
    for one in found:
        _send(one.process, stops.get(one.process.pid, signal.SIGTERM))
        _send(one.process, signal.SIGCONT)
    _await_ends(found, GRACE)


def _kill(found: list[Found], groups: set[int]) -> None:
    """Kill everyone, with their groups: who hands on to a new process all the time cannot leave those unseen."""
    for one in found:
        _send(one.process, signal.SIGKILL)
    for group in _peopled(groups):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    _await_ends(found, _PAUSE)


def _peopled(groups: set[int]) -> set[int]:
    """Return the groups that have members, ours aside."""
    return {group for group in groups - {0, 1, os.getpgid(0)} if _has_members(group)}


def _has_members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


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
