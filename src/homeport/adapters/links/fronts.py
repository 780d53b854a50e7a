"""Shared addresses of replicas: a listener on both loopbacks whose connections go to the targets in turn."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from homeport.adapters.links.accepting import Serve, accepting
from homeport.adapters.links.calls import Call
from homeport.adapters.links.copying import Pair
from homeport.aio.dialling import FAMILIES
from homeport.model.errors import OutsideError
from homeport.ports.fronts import Address

BACKLOG: Final = 1024
_ACCEPTS: Final = 64
"""Connections taken in one turn of the loop."""
_NO_DESCRIPTOR: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_ABSENT: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class LoopbackFronts:
    """Opens shared addresses on 127.0.0.1 and, where the machine has it, ::1."""

    def __init__(self, grace: float = 1.0, patience: float = 30.0) -> None:
        """Say how many seconds open connections have at the close, and new ones wait for a target before they end."""
        self._grace = grace
        self._patience = patience

    @asynccontextmanager
    async def listen(self, ports: Mapping[str, int], host: str | None = None) -> AsyncIterator[Mapping[str, Address]]:
        """Listen until the block ends."""
        fronts: dict[str, Front] = {}
        try:
            for name, port in ports.items():
                fronts[name] = Front(open_listeners(name, port, host), self._patience)
            yield fronts
        finally:
            await self._close(list(fronts.values()))

    @asynccontextmanager
    async def accept(self, ports: Mapping[str, int], serve: Serve) -> AsyncIterator[None]:
        """Listen until the block ends, and have every connection served by a coroutine."""
        listeners: dict[str, list[socket.socket]] = {}
        try:
            for name, port in ports.items():
                listeners[name] = open_listeners(name, port)
            async with accepting(listeners, serve):
                yield
        finally:
            for listener in (each for some in listeners.values() for each in some):
                listener.close()

    async def _close(self, fronts: Sequence["Front"]) -> None:
        try:
            for front in fronts:
                front.stop()
            open_ones = [front.quiet for front in fronts if not front.quiet.done()]
            if open_ones:
                await asyncio.wait(open_ones, timeout=self._grace)
        finally:
            for front in fronts:
                front.abort()


class Front:
    """One shared address."""

    def __init__(self, listeners: Sequence[socket.socket], patience: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._listeners = list(listeners)
        self._patience = patience
        self._targets: tuple[int, ...] = ()
        self._turn = 0
        self._waiting: set[Call] = set()
        self._pairs: set[Pair] = set()
        self.quiet: asyncio.Future[None] = self._loop.create_future()
        """Done once nobody is connected any more after ``stop``."""
        for listener in self._listeners:
            self._loop.add_reader(listener, self._accept, listener)

    def point(self, targets: Sequence[int]) -> None:
        """Hand new connections to these loopback ports in turn; open ones stay where they are."""
        self._targets = tuple(targets)
        for call in tuple(self._waiting):
            call.start()

    def stop(self) -> None:
        """Take no more connections; end those that have no target yet."""
        for listener in self._listeners:
            self._loop.remove_reader(listener)
            listener.close()
        self._listeners.clear()
        for call in tuple(self._waiting):
            call.close()
        self._settle()

    def abort(self) -> None:
        """Break what is still open."""
        for pair in tuple(self._pairs):
            pair.abort()

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_ACCEPTS):
            try:
                client, _address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in _NO_DESCRIPTOR:  # they wait in the backlog until a descriptor is free again
                    self._loop.remove_reader(listener)
                    self._loop.call_later(0.1, self._resume, listener)
                return
            client.setblocking(False)
            call = Call(client, self._rotation, self._connected, self._given_up, self._patience)
            self._waiting.add(call)
            call.start()

    def _resume(self, listener: socket.socket) -> None:
        if listener in self._listeners:
            self._loop.add_reader(listener, self._accept, listener)

    def _rotation(self) -> Sequence[int]:
        """Return the targets, beginning with the one whose turn it is."""
        targets = self._targets
        if not targets:
            return ()
        start = self._turn % len(targets)
        self._turn += 1
        return targets[start:] + targets[:start]

    def _connected(self, call: Call, client: socket.socket, target: socket.socket) -> None:
        self._waiting.discard(call)
        pair = Pair(client, target, self._ended)
        self._pairs.add(pair)
        pair.start()

    def _given_up(self, call: Call) -> None:
        self._waiting.discard(call)

    def _ended(self, pair: Pair) -> None:
        self._pairs.discard(pair)
        self._settle()

    def _settle(self) -> None:
        if not self._listeners and not self._pairs and not self.quiet.done():
            self.quiet.set_result(None)


def open_listeners(name: str, port: int, host: str | None = None) -> list[socket.socket]:
    """Listen on both loopbacks, or on one ``host``. Raises OutsideError when the port is taken or not allowed."""
    listeners: list[socket.socket] = []
    for family, address in FAMILIES if host is None else ((_family(host), host),):
        try:
            listeners.append(_listener(family, address, port))
        except OSError as error:
            if host is None and family == socket.AF_INET6 and error.errno in _ABSENT:
                continue
            for listener in listeners:
                listener.close()
            raise _closed_port(name, address, port, error) from error
    return listeners


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _listener(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _closed_port(name: str, host: str, port: int, error: OSError) -> OutsideError:
    where = f'the shared address of "{name}", port {port} on {host},'
    if error.errno == errno.EADDRINUSE:
        return OutsideError(f"{where} is taken", hint="stop the program that holds it, or name another port")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return OutsideError(f"{where} may not be opened by this user", hint="name a port above 1023")
    reason = os.strerror(error.errno or 0).lower()
    return OutsideError(f"{where} cannot be opened: {reason}", hint="name another port")
