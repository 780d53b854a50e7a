"""Children that the kernel gave to us (Linux), because the guardian above them was killed or their own parent went away.

They may have left their session and cleared their environment, so that nothing tells whose they are: all the same they are
to be reaped when they end, and to end with us, which only a guardian can see to.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Collection

from homeport.adapters.process.survivor import Survivor, collect, watched
from homeport.aio.children import has_waiter
from homeport.guardian.frames import pack
from homeport.ports.ledger import Ledger

LOOK = 2.0
"""Seconds between two looks. The kernel tells nobody about an adoption; a look costs some tens of microseconds."""

TERM = int(signal.SIGTERM)
"""What a foundling is asked to end by: nobody knows of another wish."""


class Foundlings:
    """Finds them now and then from ``begin`` to ``close``.

    ``known`` tells which children have somebody who looks after them, ``number`` gives each foundling a number among the
    runs, and ``send`` brings frames to the guardian (or nowhere, while there is none).
    """

    def __init__(
        self,
        known: Callable[[], Collection[int]],
        number: Callable[[], int],
        send: Callable[[bytes], None],
        ledger: Ledger,
    ) -> None:
        self._known = known
        self._number = number
        self._send = send
        self._ledger = ledger
        self._found: dict[int, Foundling] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Look from now on."""
        self._timer = asyncio.get_running_loop().call_later(LOOK, self.begin)
        self.look()

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
        for foundling in self._found.values():
            if foundling.survivor is not None:
                foundling.survivor.forget()
        self._found.clear()

    def look(self) -> None:
        """Take in who is new, and reap who has ended."""
        known, session = self._known(), os.getsid(0)
        for pid in _children():
            # Of our own session are those whom we started ourselves without more ado, and wait for.
            if pid in self._found or pid in known or has_waiter(pid) or _session(pid) in (session, None):
                continue
            if collect(pid) is None:
                self._take(pid)
        for pid in [pid for pid, foundling in self._found.items() if foundling.survivor is None]:
            if collect(pid) is not None:
                self._lose(pid)

    def hand_over(self) -> None:
        """Tell a new guardian of all, those included whom the death of the former one made ours."""
        for foundling in self._found.values():
            self._send(foundling.frame())
        self.look()

    def _take(self, pid: int) -> None:
        foundling = Foundling(pid, _start(pid), self._number())
        self._found[pid] = foundling
        self._ledger.began(pid, TERM)
        self._send(foundling.frame())
        foundling.survivor = watched(pid, lambda _: self._lose(pid))

    def _lose(self, pid: int) -> None:
        """Forget one that was reaped, and let the guardian end what it started."""
        foundling = self._found.pop(pid)
        self._ledger.ended(pid)
        self._send(pack(b"end", foundling.number, TERM, 0))


class Foundling:
    """One of them: its ``number`` among the runs, and the watch over it (None: too many files are open)."""

    def __init__(self, pid: int, start: int, number: int) -> None:
        self.pid = pid
        self.start = start
        self.number = number
        self.survivor: Survivor | None = None

    def frame(self) -> bytes:
        """Return the frame by which a guardian takes it in."""
        return pack(b"adopt", self.number, self.pid, self.start, TERM, 1, b"")


def _children() -> list[int]:
    found: list[int] = []
    try:
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/children", "rb", buffering=0) as file:
                found += map(int, file.readall().split())
    except OSError:
        return found  # a thread has ended, or too many files are open: the next look sees the rest
    return found


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _start(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            stat = file.readall()
    except OSError:
        return 0
    return int(stat[stat.rindex(b")") + 2 :].split()[19])
