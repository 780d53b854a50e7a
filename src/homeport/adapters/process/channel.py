"""Homeport's end of the socket to a guardian: frames with descriptors out, frames in, never blocking."""

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence

from homeport.guardian.frames import Frame, Unpacker

CHUNK = 1 << 18


class Channel:
    """Sends and receives frames on the running loop; ``lost`` is called once, when the other side is gone."""

    def __init__(self, end: socket.socket, heard: Callable[[Frame], None], lost: Callable[[], None]) -> None:
        self._socket = end
        self._heard = heard
        self._lost = lost
        self._unpacker = Unpacker()
        self._waiting: deque[tuple[bytes, Sequence[int]]] = deque()
        self._loop = asyncio.get_running_loop()
        end.setblocking(False)
        self._loop.add_reader(end, self._receive)

    def send(self, frame: bytes, descriptors: Sequence[int] = ()) -> None:
        """Send a frame; its descriptors are closed here once they are on their way."""
        self._waiting.append((frame, descriptors))
        if len(self._waiting) == 1:
            self._flush()

    def close(self) -> None:
        """Let go of the socket and of everything that waits."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()
        while self._waiting:
            _close_all(self._waiting.popleft()[1])

    def _flush(self) -> None:
        """Send as much as fits, every frame by itself: its descriptors belong to its first byte."""
        while self._waiting:
            frame, descriptors = self._waiting[0]
            try:
                sent = socket.send_fds(self._socket, [frame], descriptors) if descriptors else self._socket.send(frame)
            except BlockingIOError:
                self._loop.add_writer(self._socket, self._flush)
                return
            except OSError:
                return  # the other side is gone: the reader learns it too, and says so
            _close_all(descriptors)
            if sent < len(frame):
                self._waiting[0] = frame[sent:], ()
            else:
                self._waiting.popleft()
        self._loop.remove_writer(self._socket)

    def _receive(self) -> None:
        """Pass on the frames that have arrived."""
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            self._lost()
            return
        for frame in self._unpacker.feed(data):
            try:
                self._heard(frame)
            except Exception as error:  # one listener's mistake must not cost the frames behind it
                message = "a listener of a program's output failed"
                self._loop.call_exception_handler({"message": message, "exception": error})


def _close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
