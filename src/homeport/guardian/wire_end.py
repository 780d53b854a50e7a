"""The guardian's end of the socket: frames with their descriptors in, frames out, never blocking."""

import array
import os
import socket
from collections import deque

from .frames import Frame, Unpacker, pack

CHUNK = 1 << 18
ROOM = socket.CMSG_SPACE(16 * array.array("i").itemsize)
CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class WireEnd:
    """Reads and writes frames. ``ended``: Homeport is gone."""

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)  # it was handed down to us, and must go no further
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(False)
        self._unpacker = Unpacker()
        self._descriptors: deque[list[int]] = deque()
        self._out = bytearray()
        self.fd = fd
        self.ended = False

    @property
    def full(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._out) and not self.ended

    def receive(self) -> list[Frame]:
        """Return the frames that have arrived; at the end of the stream set ``ended``."""
        try:
            data, extra, flags, _ = self._socket.recvmsg(CHUNK, ROOM, CLOSE_ON_EXEC)
        except BlockingIOError:
            return []
        except OSError:
            data, extra, flags = b"", [], 0
        if extra or flags & socket.MSG_CTRUNC:
            # One entry per sending: when descriptors are lost (EMFILE), the frames that follow still get their own.
            self._descriptors.append([fd for _, _, raw in extra for fd in _numbers(raw)])
        if not data:
            self.ended = True
            return []
        return list(self._unpacker.feed(data))

    def descriptors(self) -> list[int]:
        """Return the descriptors that came with the frame at hand (fewer than sent when this process has too many)."""
        return self._descriptors.popleft() if self._descriptors else []

    def send(self, *fields: bytes | int) -> None:
        """Write a frame, or as much of it as fits; the rest follows by ``flush``."""
        self._out += pack(*fields)
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        while self._out and not self.ended:
            try:
                del self._out[: self._socket.send(self._out)]
            except BlockingIOError:
                return
            except OSError:
                self.ended = True


def _numbers(raw: bytes) -> list[int]:
    """Return the descriptors in a control message, each closed on exec where the system did not see to that."""
    numbers = array.array("i")
    numbers.frombytes(raw[: len(raw) - len(raw) % numbers.itemsize])
    if not CLOSE_ON_EXEC:
        for number in numbers:
            os.set_inheritable(number, False)
    return list(numbers)
