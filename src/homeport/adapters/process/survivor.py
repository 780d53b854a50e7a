"""A program whose guardian was killed: on Linux it is Homeport's own child now, which watches and reaps it."""

import asyncio
import os
from collections.abc import Callable

from homeport.kit.signals import signal_name
from homeport.ports.runtime import Exit


def exit_of(code: int) -> Exit:
    """Return how a program ended, from its exit code or negative signal number."""
    return Exit(code=code) if code >= 0 else Exit(signal=signal_name(-code))


def collect(pid: int) -> Exit | None:
    """Return how an adopted child ended, None while it runs; an empty Exit when the guardian took that knowledge along."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return Exit()
    return exit_of(os.waitstatus_to_exitcode(status)) if ended else None


class Survivor:
    """Watches an adopted child until it ends, then reaps it and calls ``ended``."""

    def __init__(self, pid: int, ended: Callable[[Exit], None]) -> None:
        self._pid = pid
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._fd = os.pidfd_open(pid)
        self._loop.add_reader(self._fd, self._news)

    def forget(self) -> None:
        """Watch no more."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _news(self) -> None:
        ending = collect(self._pid)
        if ending is not None:
            self.forget()
            self._ended(ending)


def watched(pid: int, ended: Callable[[Exit], None]) -> Survivor | None:
    """Return a watch over an adopted child, or None when too many files are open: then the guardian tells its end."""
    try:
        return Survivor(pid, ended)
    except OSError:
        return None
