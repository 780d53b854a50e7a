"""A terminal with a command in it: what it shows can be waited for, and keys can be pressed."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT = 50.0  # seconds in which everything that is waited for must have come
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|[=>78])")


class Terminal:
    """A pseudo-terminal whose session leader is the command; ``said`` is what it showed, without escapes."""

    def __init__(self, argv: Sequence[str], cwd: Path, environ: Mapping[str, str], columns: int = 100) -> None:
        self.raw = b""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], list(argv), {**environ, "TERM": "xterm-256color"})
        self.resize(40, columns)

    def resize(self, rows: int, columns: int) -> None:
        """Make the window another size."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def said(self) -> str:
        """Everything shown so far."""
        return _ESCAPES.sub("", self.raw.decode(errors="replace")).replace("\r", "")

    def until(self, text: str) -> None:
        """Wait until a text was shown; its end before that fails the test."""
        deadline = time.monotonic() + LIMIT
        while text not in self.said:
            assert self._read(deadline), f"never showed {text!r}:\n{self.said}"

    def press(self, keys: str) -> None:
        """Press keys; Ctrl-C is the character 3."""
        os.write(self._master, keys.encode())

    def ended(self) -> int:
        """Wait for its end, reading what it still shows; return the exit code."""
        deadline = time.monotonic() + LIMIT
        while self._read(deadline):
            pass
        assert time.monotonic() < deadline, f"it never ended:\n{self.said}"
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """Close the window: what still runs in it gets SIGHUP, then SIGKILL."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0

    def hang_up(self) -> int:
        """Close the window and wait for the end of what ran in it; return the exit code."""
        os.close(self._master)
        self._master = -1
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def _read(self, deadline: float) -> bool:
        """Read on; False at its end or when time is up."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # how Linux tells that the other side is closed
            return False
        self.raw += data
        return bool(data)
