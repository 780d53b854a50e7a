"""Ending every house of this user at once: each politely and for itself, so that a slow one holds up nobody else."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from queue import Empty, SimpleQueue
from typing import Literal

from msgspec import Struct

from homeport.cli.call import Call, out
from homeport.cli.neighbours import running_instances
from homeport.cli.screen.farewell import waiting_for
from homeport.cli.screen.region import Region
from homeport.cli.screen.terminal import Terminal
from homeport.cli.screen.text import cut
from homeport.client.client import Client
from homeport.client.connection import GoneError
from homeport.machine.house import Running
from homeport.machine.liveness import is_alive

PATIENCE = 5.0
"""Seconds that a house has for each answer, and for its last steps once it answers no more."""

_LOOK, _ASK = 0.02, 0.5
"""Seconds between two looks at the process, and between two questions who is still stopping."""

Outcome = Literal["ended", "killed", "hangs"]


class Gone(Struct, frozen=True):
    """What became of a house: it ``ended``, hung and was ``killed``, or ``hangs`` still."""

    name: str
    pid: int
    outcome: Outcome


def end_all(call: Call, *, kill: bool, quiet: bool) -> list[Gone]:
    """End every house of this user; return what became of each. Whoever hangs is killed only if ``kill``."""
    houses = dict(running_instances(call))
    news: SimpleQueue[tuple[str, str | Gone]] = SimpleQueue()
    for name, house in houses.items():
        told = (name, house, kill, news.put)
        # Daemons: after Ctrl-C nobody waits for them, and the houses end all the same.
        threading.Thread(target=_end, args=told, daemon=True).start()
    terminal = out(call)
    if not quiet:
        terminal.lines([f"ending {', '.join(houses)}"] if houses else ["nothing runs on this machine"])
    return list(_gather(houses, news, terminal, quiet=quiet))


def _gather(
    houses: Mapping[str, Running], news: "SimpleQueue[tuple[str, str | Gone]]", terminal: Terminal, *, quiet: bool
) -> Iterable[Gone]:
    """Show how it goes, and yield what became of each house."""
    region = Region(terminal.write)
    waiting = dict.fromkeys(houses, "Stopping.")
    while waiting:
        try:
            name, said = news.get(timeout=1.0)
        except Empty:
            continue
        above = []
        if isinstance(said, Gone):
            del waiting[name]
            above = [_sentence(said)]
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
            return f"{gone.name} did not answer and was killed (process {gone.pid}); what it ran ends within 5 s"
        case "hangs":
            return f"{gone.name} does not answer (process {gone.pid}); `homeport down --all --kill` ends it"


def _end(name: str, house: Running, kill: bool, tell: Callable[[tuple[str, str | Gone]], None]) -> None:
    """End one house and tell how it goes (in a thread of its own)."""
    outcome: Outcome = "ended"
    if not _leaves(house, kill, lambda text: tell((name, text))):
        outcome = "hangs"
        if kill and is_alive(house.pid, house.birth):
            os.kill(house.pid, signal.SIGKILL)
            outcome = "killed" if _waited(house, PATIENCE) else "hangs"
    tell((name, Gone(name, house.pid, outcome)))


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
        _waited(house, _ASK)
    return True


def _waited(house: Running, seconds: float) -> bool:
    """Wait until a house's process is gone, but not for longer; whether it is."""
    until = time.monotonic() + seconds
    while is_alive(house.pid, house.birth):
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK)
    return True
