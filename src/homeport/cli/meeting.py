"""Meeting the house that holds an instance: it may run, be about to open, or be about to end."""

import time
from collections.abc import Callable

from homeport.client.client import Client
from homeport.client.connection import GoneError, SilentError
from homeport.machine.liveness import birth_of, is_alive
from homeport.model.errors import OutsideError
from homeport.session import RunsAlready

OPENING = "being opened"
_LOOK = 0.02
"""Seconds between two looks."""
_SILENCE = 0.5
"""Seconds of waiting that need no word."""
LONGEST = 60.0
"""Seconds in which every house opens: afterwards its socket is where nobody reaches it."""


def answers(running: RunsAlready, say: Callable[[str], None], longest: float = LONGEST) -> bool:
    """Wait until a house can be joined (True), or is gone so that another one can be opened (False).

    ``say`` hears what is waited for when it takes a while. Raises SilentError when the house hangs or does not open for
    ``longest`` seconds, OutsideError when nobody knows who holds the instance.
    """
    birth = birth_of(running.pid) if running.pid else None
    if not running.socket and not running.pid:
        hint = "another command is busy with it; try again, or restart this machine if that goes on"
        raise OutsideError(f'"{running.name}" is held by a process that does not say who it is', hint=hint)
    began, said = time.monotonic(), ""
    while birth is not None and is_alive(running.pid, birth):
        now = _now(running.socket)
        if not now:
            return True
        if now != said and time.monotonic() - began > _SILENCE:
            say(f"{running.name} is {now} (process {running.pid}): waiting for that")
            said = now
        if now == OPENING and time.monotonic() - began > longest:
            raise SilentError(running.pid)
        time.sleep(_LOOK)
    return False


def _now(path: str) -> str:
    """Return what keeps a house from being joined, or nothing."""
    if not path:
        return "being cleaned up"  # `down`, `doctor --fix` and `prune` hold an instance for a while, and open no house
    try:
        return "ending" if Client(path).status().closing else ""
    except GoneError:
        return OPENING
