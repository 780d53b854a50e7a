"""Ending every house of this user at once: each politely and for itself, so that a slow one holds up nobody else.

What killed houses left is ended, too, by whoever ends the instance.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import Empty, SimpleQueue
from typing import Literal, Protocol

from msgspec import Struct

from homeport.cli.call import Call, out
from homeport.cli.clearing import sweep
from homeport.cli.screen.clearing import Swept, told
from homeport.cli.screen.farewell import waiting_for
from homeport.cli.screen.region import Region
from homeport.cli.screen.terminal import Terminal
from homeport.cli.screen.text import cut
from homeport.client.client import Client
from homeport.client.connection import GoneError
from homeport.machine.after.ledger import accounts
from homeport.machine.after.reaping import tidy
from homeport.machine.clusters.record import Records
from homeport.machine.instances.folders import folders_of
from homeport.machine.instances.house import Running
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.registry import Instances
from homeport.machine.liveness import await_ends, is_alive
from homeport.model.errors import HomeportError

PATIENCE = 5.0
"""Seconds that a house has for each answer, and for its last steps once it answers no more."""

_ASK = 0.5
"""Seconds between two questions who is still stopping."""

Outcome = Literal["ended", "killed", "hangs", "tidied", "left", "cleared"]
_News = tuple[str, "str | Gone"]


class _Sweep(Protocol):
    def __call__(self, instance: Instance, *, say: Callable[[str], None]) -> list[Swept]: ...


class Gone(Struct, frozen=True, omit_defaults=True):
    """What became of an instance's house: it ``ended``, hung and was ``killed``, or ``hangs`` still.

    A house that had been killed before (pid 0) is ``tidied``. ``left``: something that a killed one ran does not end, and
    ``why`` says what; the same when something on a cluster could not be removed. ``cleared``: it had no house, but something on
    a cluster. ``clusters``: what became of that.
    """

    name: str
    pid: int
    outcome: Outcome
    why: str = ""
    clusters: tuple[Swept, ...] = ()


def end_all(call: Call, *, kill: bool, forget: bool, quiet: bool) -> list[Gone]:
    """End every house of this user, what killed ones left, and what is on clusters; return what became of each.

    Whoever hangs is killed only if ``kill``.
    """
    instances = list(_to_end(call))
    news: SimpleQueue[_News] = SimpleQueue()
    for instance, house in instances:
        told = (instance, house, kill, partial(sweep, environ=call.environ, forget=forget), news.put)
        # Daemons: after Ctrl-C nobody waits for them, and the houses end all the same.
        threading.Thread(target=_end, args=told, daemon=True).start()
    names = [instance.name for instance, _ in instances]
    terminal = out(call)
    if not quiet:
        terminal.lines([f"ending {', '.join(names)}"] if names else ["nothing runs on this machine"])
    return list(_gather(names, news, terminal, quiet=quiet))


def _to_end(call: Call) -> Iterator[tuple[Instance, Running | None]]:
    """Yield the instances that run, with their houses, and those (None) that left something: killed houses, objects on clusters.

    An instance that somebody only looks after (no socket) has no house, and whoever does that ends what is left there.
    """
    for instance in Instances(folders_of(call.environ)).everyone():
        house = instance.running()
        if house.socket if house is not None else any(accounts(instance.folder)) or _is_on_cluster(instance):
            yield instance, house


def _is_on_cluster(instance: Instance) -> bool:
    """Whether an instance has more than volumes on a cluster."""
    return any(not record.cleared for record in Records(instance.folder).all())


def _gather(names: Iterable[str], news: SimpleQueue[_News], terminal: Terminal, *, quiet: bool) -> Iterator[Gone]:
    """Show how it goes, and yield what became of each house."""
    region = Region(terminal.write)
    waiting = dict.fromkeys(names, "Stopping.")
    while waiting:
        try:
            name, said = news.get(timeout=1.0)
        except Empty:
            continue
        above = []
        if isinstance(said, Gone):
            del waiting[name]
            above = [_sentence(said), *(f"  {line}" for swept in said.clusters for line in told(swept))]
            yield said
        else:
            waiting[name] = said
        if quiet:
            continue
        if terminal.live:
            room = terminal.width or 80
            region.draw(above, [cut(f"{one}: {text}", room - 1) for one, text in waiting.items()])
        else:
            terminal.lines(above)


def _sentence(gone: Gone) -> str:
    match gone.outcome:
        case "ended":
            return f"{gone.name} has ended"
        case "killed":
            return f"{gone.name} did not answer and was killed (process {gone.pid}), and all that it ran has ended"
        case "hangs":
            return f"{gone.name} does not answer (process {gone.pid}); `homeport down --all --kill` ends it"
        case "tidied":
            return f"{gone.name} was killed; all that it ran has ended"
        case "left":
            return f"{gone.name}: {gone.why}"
        case "cleared":
            return f"{gone.name} has nothing on a cluster any more"


def _end(instance: Instance, house: Running | None, kill: bool, sweep: _Sweep, tell: Callable[[_News], None]) -> None:
    """End the house of an instance and what a killed one left, and tell how it goes (in a thread of its own)."""
    name, pid = instance.name, house.pid if house is not None else 0

    def say(text: str) -> None:
        tell((name, text))

    try:
        outcome: Outcome = _ended(house, kill, say) if house is not None else "cleared"
        if outcome != "hangs" and any(accounts(instance.folder)):
            tidy(instance, say)
            outcome = "tidied" if outcome == "cleared" else outcome
        swept = sweep(instance, say=say) if outcome != "hangs" else []
        tell((name, Gone(name, pid, outcome, clusters=tuple(swept))))
    except HomeportError as error:
        tell((name, Gone(name, pid, "left", "; ".join(filter(None, (error.what, error.hint))))))
    except OSError as error:
        tell((name, Gone(name, pid, "left", str(error))))


def _ended(house: Running, kill: bool, say: Callable[[str], None]) -> Outcome:
    if _leaves(house, kill, say):
        return "ended"
    if not kill:
        return "hangs"
    if is_alive(house.pid, house.birth):
        os.kill(house.pid, signal.SIGKILL)
    return "hangs" if await_ends([(house.pid, house.birth)], PATIENCE) else "killed"


def _leaves(house: Running, kill: bool, say: Callable[[str], None]) -> bool:
    """Ask a house to end and wait until it has; whether it did. It may take as long as it answers."""
    client = Client(house.socket, timeout=PATIENCE)
    is_asked = False
    answered = time.monotonic()
    while is_alive(house.pid, house.birth):
        try:
            if not is_asked:
                client.close(kill=kill)
                is_asked = True
            say(waiting_for(client.left(), may_kill=False))
            answered = time.monotonic()
        except GoneError:  # it does not listen yet, or not any more
            if time.monotonic() - answered > PATIENCE:
                return False
        except OSError:
            return False
        await_ends([(house.pid, house.birth)], _ASK)
    return True
