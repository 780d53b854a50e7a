"""Locks on port numbers that hold for every house on this machine, whoever's it is and wherever its leases are written.

The file of leases knows the houses of one state folder only. Two of them (two users, two HOMEs, a test with folders of its
own) might give the same free number to two programs, and a readiness probe believes whoever listens. So a house holds, for
each number that it leased, an abstract unix socket named after it: the kernel gives a name to one process at a time and
takes it back however that ends. It reaches as far as the ports do: to the edge of the network namespace.
"""

import os
import socket
import sys
from collections.abc import Collection
from typing import Protocol

from homeport.model.errors import OutsideError

_CREDENTIALS = 4
"""Bytes of the process number, the first of a peer's credentials."""


class Locks(Protocol):
    """Locks on numbers, held by one house against all others."""

    def take(self, port: int) -> bool:
        """Hold a number; whether that is so now. One that is held already stays so."""
        ...

    def keep(self, ports: Collection[int]) -> None:
        """Let go of all numbers but these."""
        ...

    def holder(self, port: int) -> str | None:
        """Return which house holds a number, for people; None: not known."""
        ...


class KernelLocks:
    """Keeps the promises of ``Locks`` by abstract sockets; where the system has none, every number can be had."""

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}

    def take(self, port: int) -> bool:
        """Hold a number. Raises OutsideError when this process may open nothing more."""
        if port in self._held or sys.platform != "linux":
            return True
        try:
            lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError as error:
            raise OutsideError(f"port {port} cannot be locked: {error.strerror}", hint="raise `ulimit -n`") from error
        try:
            lock.bind(_name(port))
            lock.listen(1)  # so that others can ask who we are
        except OSError:
            lock.close()
            return False
        self._held[port] = lock
        return True

    def keep(self, ports: Collection[int]) -> None:
        """Let go of all numbers but these."""
        for port in self._held.keys() - set(ports):
            self._held.pop(port).close()

    def holder(self, port: int) -> str | None:
        """Return which house holds a number."""
        if sys.platform != "linux":
            return None
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.setblocking(False)
            try:
                asking.connect(_name(port))
                found = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 3 * _CREDENTIALS)
            except OSError:
                return None
        pid = int.from_bytes(found[:_CREDENTIALS], sys.byteorder)
        return f"a house of another user or HOME (process {pid})" if pid not in (0, os.getpid()) else None


def _name(port: int) -> str:
    return f"\0homeport-port-{port}"
