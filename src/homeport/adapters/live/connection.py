"""One connection from a pod to a program on this machine, on a bare socket: each side says how much more it may be sent."""

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from typing import Final

from homeport.adapters.live.credit import Window
from homeport.adapters.live.stream import Stream
from homeport.aio.dialling import begin
from homeport.wire import helper as wire

_REFUSED, _RESET = 111, 104
"""Linux's numbers, whatever this machine has: the helper speaks to Linux."""
_AT_MOST: Final = 256 << 10
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class Connection:
    """Carries bytes both ways until both ways have ended, or either side breaks it off. ``over`` is told once."""

    def __init__(self, stream: Stream, number: int, window: Window, over: Callable[[int], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stream = stream
        self._number = number
        self._window = window
        self._over = over
        self._credit = wire.CREDIT
        self._buffer = bytearray()  # one for all frames: of many small ones each object would weigh more than its bytes
        self._socket: socket.socket | None = None
        self._connecting = self._reading = self._writing = False
        self._here_ended = self._there_ended = self._shut = False

    def begin(self, port: int) -> None:
        """Connect to a port of this machine; frames that come meanwhile are kept."""
        self._stream.route(self._number, self._take, self._abort)
        made, error = begin(socket.AF_INET, "127.0.0.1", port)
        self._socket = made
        if made is None:
            self._reset(_REFUSED if error == errno.ECONNREFUSED else _RESET)
            return
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connecting = error != 0
        self._follow()

    def end(self) -> None:
        """Break it off on both sides."""
        self._reset(0)

    def _take(self, frame: wire.Frame) -> None:
        """Take what the pod's side sends."""
        if isinstance(frame, wire.Data):
            self._buffer += frame.content
            self._write()
        elif isinstance(frame, wire.Credit):
            self._credit += frame.value
            self._follow()
        elif isinstance(frame, wire.End):
            self._there_ended = True
            self._write()
        elif isinstance(frame, wire.Reset):
            self._abort()

    def _follow(self) -> None:
        """Let the loop tell exactly what can be used now."""
        if self._socket is None:
            return
        read = not self._connecting and not self._here_ended and self._credit > 0
        if read and self._stream.outbox.full:
            read = False
            self._stream.outbox.when_free(self, self._follow)
        write = self._connecting or bool(self._buffer)
        if read != self._reading:
            self._reading = read
            _ = self._loop.add_reader(self._socket, self._read) if read else self._loop.remove_reader(self._socket)
        if write != self._writing:
            self._writing = write
            _ = self._loop.add_writer(self._socket, self._write) if write else self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        """Carry what the program here wrote."""
        assert self._socket is not None
        try:
            data = self._socket.recv(min(self._credit, wire.PART))
        except BlockingIOError:
            return
        except OSError as error:
            self._reset(_number(error))
            return
        if data:
            self._credit -= len(data)
            self._stream.put(wire.Data(self._number, data))
        else:
            self._here_ended = True
            self._stream.put(wire.End(self._number))
        self._settle()

    def _write(self) -> None:
        """Carry what the pod's side wrote, as far as the program here takes it."""
        if self._socket is None:
            return
        if self._connecting:
            if not self._connected():
                return
            self._connecting = False
        try:
            while self._buffer:
                with memoryview(self._buffer) as whole, whole[:_AT_MOST] as some:
                    sent = self._socket.send(some)
                del self._buffer[:sent]
                self._left(sent)
        except BlockingIOError:
            pass
        except OSError as error:
            self._reset(_number(error))
            return
        if self._there_ended and not self._buffer and not self._shut:
            self._shut = True
            _shut(self._socket)
        self._settle()

    def _connected(self) -> bool:
        assert self._socket is not None
        if not self._writing:
            return False  # a frame came before the answer to our call
        if error := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._reset(_REFUSED if error == errno.ECONNREFUSED else _RESET)
        return not error

    def _left(self, count: int) -> None:
        if more := self._window.used(count):
            self._stream.put(wire.Credit(self._number, more))

    def _settle(self) -> None:
        if self._here_ended and self._shut:
            self._close()
        else:
            self._follow()

    def _reset(self, error: int) -> None:
        if self._number:
            self._stream.put(wire.Reset(self._number, error))
        self._abort()

    def _abort(self) -> None:
        """Let the program here see a reset: an orderly end would claim that all has come."""
        if self._socket is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._close()

    def _close(self) -> None:
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()
            self._socket = None
        number, self._number = self._number, 0
        if number:
            self._stream.outbox.forget(self)
            self._stream.unroute(number)
            self._window.close()
            self._over(number)


def _shut(used: socket.socket) -> None:
    try:
        used.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the program has left meanwhile, as reading will tell


def _number(error: OSError) -> int:
    return 32 if error.errno == errno.EPIPE else _RESET
