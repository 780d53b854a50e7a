"""The promise of every ending: nobody is left and every port is free."""

import socket
import time
from collections.abc import Collection

from drills.drill import Broken
from drills.stage import GONE, Stage

SURE = 5
"""Looks in a row that must find nobody: who forks while we look may be missed once."""


def time_until_gone(stage: Stage, ports: Collection[int] = (), *, limit: float = GONE) -> float:
    """Return the seconds until nobody of this round lives and its ports are free. Raises Broken beyond the limit."""
    began = time.monotonic()
    looks: list[float] = []
    while True:
        left = stage.left()
        held = [port for port in ports if not _is_free(port)]
        took = time.monotonic() - began
        looks = [] if left or held else [*looks, took]
        if len(looks) == SURE:
            return looks[0]
        if took > limit:
            raise Broken(f"after {took:.1f} s there are still {', '.join(left) or 'no processes'}; ports held: {held}")
        time.sleep(0.01)


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
