"""Ending a running house from outside, and waiting until it is gone."""

import time

from homeport.cli.call import Call, out
from homeport.cli.foreground import output_for
from homeport.cli.place import socket_of
from homeport.cli.watch import Watch
from homeport.client.client import Client
from homeport.machine.liveness import birth_of, is_alive

_LOOK = 0.01
"""Seconds between two looks."""


def end_house(call: Call, *, kill: bool, quiet: bool) -> bool:
    """End the house that the call means and wait until its process is gone; return whether one ran."""
    path = socket_of(call)
    if path is None:
        if not quiet:
            out(call).lines(["nothing runs here"])
        return False
    end(path, call, kill=kill, quiet=quiet)
    return True


def end(path: str, call: Call, *, kill: bool, quiet: bool) -> None:
    """End the house behind a socket."""
    client = Client(path)
    frame = client.status()
    client.close(kill=kill)
    if not quiet:
        Watch(path, output_for(out(call), bottom="ending", may_kill=False), logs=False).run(lambda: False)
    _wait_for_exit(frame.pid)
    if not quiet:
        out(call).lines([f"{frame.instance} has ended"])


def _wait_for_exit(pid: int) -> None:
    # The socket closes a moment before the process ends, and the next `up` must not meet it. Whoever inherited the process
    # may take seconds to collect it, so a zombie counts as gone.
    birth = birth_of(pid) if pid > 0 else None
    while birth is not None and is_alive(pid, birth):
        time.sleep(_LOOK)
