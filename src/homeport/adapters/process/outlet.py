"""One stream of a program, read as it comes, a bounded amount per wake so that a noisy program starves nobody."""

import asyncio
import errno
import fcntl
import os
import sys
import termios

from homeport.ports.runtime import Output, Stream

CHUNK = 65536
LARGE_CHUNK = 1 << 18
LARGE_PIPE = 1 << 20
TERMINAL_ROUNDS = 16


class Outlet:
    """Reads a pipe or terminal until its end or until ``close``."""

    def __init__(self, fd: int, stream: Stream, output: Output, *, terminal: bool) -> None:
        self._fd = fd
        self._stream: Stream = stream
        self._output = output
        self._terminal = terminal
        self._chunk = CHUNK
        self._loop = asyncio.get_running_loop()
        os.set_blocking(fd, False)
        self._loop.add_reader(fd, self._read)

    @property
    def open(self) -> bool:
        """Whether more may come."""
        return self._fd >= 0

    def drain(self) -> None:
        """Deliver what has been written until now, but not what somebody goes on to write."""
        if not self.open:
            return
        if self._terminal:
            # A terminal tells no amount, but its buffers are small.
            rounds = TERMINAL_ROUNDS
            while rounds and self._read():
                rounds -= 1
            return
        waiting = int.from_bytes(fcntl.ioctl(self._fd, termios.FIONREAD, b"\0" * 4), sys.byteorder)
        while waiting > 0:
            waiting -= self._read() or waiting

    def close(self) -> None:
        """Deliver what is there and read no more."""
        try:
            self.drain()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Read no more."""
        if self.open:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _read(self) -> int:
        """Deliver one chunk and return its size; at the end of the stream close it."""
        try:
            data = os.read(self._fd, self._chunk)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno != errno.EIO:  # how a terminal says that nobody holds its other side
                raise
            data = b""
        if not data:
            self.abandon()
            return 0
        if len(data) == self._chunk == CHUNK:
            self._grow()
        self._output(self._stream, data)
        return len(data)

    def _grow(self) -> None:
        """Enlarge a pipe that its writer has filled: fewer turns for both. Quiet programs cost no large buffers."""
        self._chunk = LARGE_CHUNK
        if sys.platform == "linux" and not self._terminal:
            try:
                fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, LARGE_PIPE)
            except OSError:
                return  # this user's pipes are at their limit: the small one works as well
