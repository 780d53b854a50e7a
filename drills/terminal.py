"""A pseudo-terminal with a command in it: keys can be pressed, what it shows can be waited for, its window can close."""

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

from drills.waiting import Never

CTRL_C = "\x03"
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|[=>78])")


class Terminal:
    """The command leads the terminal's session. ``said`` is what it showed, without escapes."""

    def __init__(self, argv: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> None:
        self._raw = b""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], list(argv), {**environ, "TERM": "xterm-256color"})
        os.set_inheritable(self._master, False)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    @property
    def said(self) -> str:
        """Everything shown so far."""
        return _ESCAPES.sub("", self._raw.decode(errors="replace")).replace("\r", "")

    def until(self, text: str, limit: float = 30.0) -> None:
        """Read until a text was shown. Raises Never."""
        deadline = time.monotonic() + limit
        while not re.search(text, self.said):
            if not self._read(deadline):
                raise Never(f"the terminal never showed {text!r}:\n{self.said[-2000:]}")

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def ended(self, limit: float = 30.0) -> int:
        """Read until the command ends and return its exit code (negative: a signal ended it). Raises Never."""
        deadline = time.monotonic() + limit
        while self._read(deadline):
            pass
        if time.monotonic() >= deadline:
            raise Never(f"the command on the terminal never ended:\n{self.said[-2000:]}")
        return self._wait()

    def hang_up(self) -> int:
        """Close the window and wait for the end of the command; return its exit code."""
        os.close(self._master)
        self._master = -1
        return self._wait()

    def close(self) -> None:
        """Leave nothing open, whatever happened."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self._wait()

    def _wait(self) -> int:
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
        self._raw += data
        return bool(data)
