"""The one loop that copies bytes between two connections, both ways, by callbacks: no task, no queue.

A flow reads only what it can hand on: at most one chunk is kept when the other side is slow, and reading stops until it
is gone, so that a slow reader slows its writer and memory stays flat.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Final

CHUNK: Final = 1 << 18
_RESET: Final = struct.pack("ii", 1, 0)
_SCRATCH: Final = memoryview(bytearray(CHUNK))
"""Shared by all flows: it holds bytes only within one callback, so a thousand idle connections cost no buffers."""


class Pair:
    """Two connected sockets whose bytes go to each other until both ends have said their last."""

    def __init__(self, first: socket.socket, second: socket.socket, ended: Callable[["Pair"], None]) -> None:
        self._sockets = (first, second)
        self._ended = ended
        self._flows = (_Flow(first, second, self), _Flow(second, first, self))
        for sock in self._sockets:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self) -> None:
        """Begin to copy."""
        for flow in self._flows:
            flow.start()

    def flow_ended(self) -> None:
        """End the pair once both directions have ended."""
        if all(flow.over for flow in self._flows):
            self._close()

    def abort(self) -> None:
        """Break both connections at once; what is under way is lost, and both ends are told so."""
        for sock in self._sockets:
            if sock.fileno() >= 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._close()

    def _close(self) -> None:
        if self._sockets[0].fileno() < 0:
            return
        for flow in self._flows:
            flow.stop()
        for sock in self._sockets:
            sock.close()
        self._ended(self)


class _Flow:
    """One direction."""

    __slots__ = ("_loop", "_pair", "_rest", "_sink", "_source", "over")

    def __init__(self, source: socket.socket, sink: socket.socket, pair: Pair) -> None:
        self._loop = asyncio.get_running_loop()
        self._source, self._sink, self._pair = source, sink, pair
        self._rest: memoryview | None = None
        self.over = False

    def start(self) -> None:
        self._loop.add_reader(self._source, self._carry)

    def stop(self) -> None:
        self._loop.remove_reader(self._source)
        self._loop.remove_writer(self._sink)

    def _carry(self) -> None:
        """Read a chunk and hand it on; at the end of the source tell the sink that no more will come."""
        try:
            count = self._source.recv_into(_SCRATCH)
        except BlockingIOError:
            return
        except OSError:
            self._pair.abort()
            return
        if count:
            self._hand_on(_SCRATCH[:count], fresh=True)
            return
        self._loop.remove_reader(self._source)
        self.over = True
        try:
            self._sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._pair.abort()  # the sink is gone already
            return
        self._pair.flow_ended()

    def _hand_on(self, data: memoryview, *, fresh: bool) -> None:
        try:
            sent = self._sink.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._give_up()
            return
        if sent == len(data):
            if not fresh:
                self._rest = None
                self._loop.remove_writer(self._sink)
                self.start()
            return
        if fresh:  # the scratch belongs to everybody: keep a copy of what is left, and read no more until it is gone
            self._rest = memoryview(bytes(data[sent:]))
            self._loop.remove_reader(self._source)
            self._loop.add_writer(self._sink, self._go_on)
        else:
            self._rest = data[sent:]

    def _give_up(self) -> None:
        """Nobody takes these bytes any more; what the other direction still carries (an early answer) arrives."""
        self.stop()
        self._rest = None
        self.over = True
        self._pair.flow_ended()

    def _go_on(self) -> None:
        if self._rest is not None:
            self._hand_on(self._rest, fresh=False)
