"""Starting a guardian."""

import ctypes
import os
import socket
import subprocess
import sys

import homeport.guardian

PR_SET_CHILD_SUBREAPER = 36


class Guard:
    """A guardian's process, and our ``end`` of the socket to it. Raises OSError when it cannot be started."""

    def __init__(self, *, portable: bool) -> None:
        script = os.path.join(os.path.dirname(homeport.guardian.__file__), "start.py")
        self.end, other = socket.socketpair()
        try:
            with other:
                fd = other.fileno()
                mode = "portable" if portable else "linux"
                # A session of its own: what a terminal sends to its group must not reach it.
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", script, str(fd), mode],
                    pass_fds=[fd],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
        except OSError:
            self.end.close()
            raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def kill(self) -> None:
        """Kill it; the end of its socket tells when it is gone."""
        self._process.kill()

    def collect(self) -> str:
        """Reap it and return its last words (usually none).

        It has closed its socket, so it has ended or is about to; one that is still busy is left alone.
        """
        try:
            return self._process.communicate(timeout=0.5)[1].decode(errors="replace").strip()
        except subprocess.TimeoutExpired:
            self._process.returncode = 0  # it outlives us by intention: no warning about it
            if self._process.stderr is not None:
                self._process.stderr.close()
            return ""


def become_reaper() -> None:
    """Become the parent of what a dead guardian leaves (Linux)."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
