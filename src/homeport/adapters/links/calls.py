"""One accepted connection on its way to a target."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from itertools import product
from typing import Final

from homeport.aio.dialling import FAMILIES, begin

AGAIN: Final = 0.05
"""Seconds until targets that all refused are tried again; a new ``point`` comes first."""


class Call:
    """Tries targets one after the other; waits when none takes it; ends in ``connected`` or by closing the client."""

    def __init__(
        self,
        client: socket.socket,
        targets: Callable[[], Sequence[int]],
        connected: Callable[["Call", socket.socket, socket.socket], None],
        given_up: Callable[["Call"], None],
        patience: float,
    ) -> None:
        """Begin nothing yet; wait for a target for at most ``patience`` seconds from now."""
        self._loop = asyncio.get_running_loop()
        self._client, self._targets, self._connected, self._given_up = client, targets, connected, given_up
        self._dialled: socket.socket | None = None
        self._left: list[tuple[int, tuple[socket.AddressFamily, str]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._limit = self._loop.call_later(patience, self.close)
        self._over = False

    def start(self) -> None:
        """Try the targets of this moment."""
        if self._dialled is None and not self._over:
            self._left = list(product(self._targets(), FAMILIES))
            if self._left:
                self._next()

    def close(self) -> None:
        """Give up: the client is told by the end of its connection."""
        self._finish()
        if self._dialled is not None:
            self._loop.remove_writer(self._dialled)
            self._dialled.close()
        self._client.close()
        self._given_up(self)

    def _next(self) -> None:
        """Dial the targets that are left until one takes the call; try them all again later when none does."""
        while self._left:
            port, (family, host) = self._left.pop(0)
            sock, error = begin(family, host, port)
            if sock is None:
                continue
            self._dialled = sock
            if error == 0:
                self._through()
            else:
                self._loop.add_writer(sock, self._decided)
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(AGAIN, self.start)

    def _decided(self) -> None:
        """The kernel knows by now whether the target took the call."""
        sock = self._dialled
        if sock is None:
            return
        self._loop.remove_writer(sock)
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            self._through()
            return
        sock.close()
        self._dialled = None
        self._next()

    def _through(self) -> None:
        sock, self._dialled = self._dialled, None
        self._finish()
        if sock is not None:
            self._connected(self, self._client, sock)

    def _finish(self) -> None:
        self._over = True
        self._limit.cancel()
        if self._timer is not None:
            self._timer.cancel()
