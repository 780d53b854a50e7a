"""One service's log, whatever the disk does: what it does not take now waits in memory, within limits."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from homeport.logs.tip import Limits, Place, Tip


class Shelf:
    """The writing end of one service's log. Never raises for what the disk does: ``say`` hears it once, and it tries again.

    Blocks are whole formatted lines; they may come from any thread. While the disk takes nothing, up to
    ``Limits.held_bytes`` wait in memory; beyond that the oldest are given up, counted in ``lost``. ``trouble`` is what the
    disk says while it refuses.
    """

    def __init__(self, folder: Path, limits: Limits, wall: Callable[[], float], say: Callable[[str], None]) -> None:
        self._folder = folder
        self._limits = limits
        self._say = say
        self._tip = Tip(folder, limits, wall)
        self._held: deque[tuple[bytes, int]] = deque()
        self._held_bytes = 0
        self._retry_at = 0.0
        self._told_given_up = False
        self._told_taken = 0
        self._lock = threading.RLock()
        self.trouble: str | None = None
        self.lost = 0
        self._wavers = False
        self._turned_at = -math.inf

    def place(self) -> Place:
        """Return where the next line will stand."""
        with self._lock:
            self._try(self._tip.open)
            return self._tip.place()

    def written(self) -> Place:
        """Return the place after all that the disk has taken; nothing is opened for that."""
        with self._lock:
            return self._tip.place()

    def limit(self, limits: Limits) -> None:
        """Keep to other limits from now on."""
        with self._lock:
            self._limits = limits
            self._tip.limit(limits)

    def age(self) -> None:
        """Remove what became too old."""
        with self._lock:
            self._tip.age()

    def append(self, block: bytes, lines: int) -> None:
        """Write a block of ``lines`` lines, or hold it until the disk takes it."""
        with self._lock:
            if self._held:
                self._hold(block, lines)
                self.flush()
            elif not self._try(lambda: self._tip.write(block, lines)):
                self._hold(block, lines)
            elif self.trouble is not None or self._wavers:
                self._recover()
        if self._tip.given_up and not self._told_given_up:
            self._told_given_up = True
            self._say("the disk is full; the oldest lines of this log are given up for new ones")
        if self._tip.taken > self._told_taken:
            self._told_taken = self._tip.taken
            self._say(f"somebody removed or cut the log in {self._folder}; it goes on with new lines")

    def flush(self, *, now: bool = False) -> None:
        """Write what is held, unless an attempt was made just before (``now``: in any case)."""
        if not self._held or (not now and time.monotonic() < self._retry_at):
            return
        with self._lock:
            while self._held:
                if not self._try(self._write_held):
                    return
            self._recover()

    def close(self) -> None:
        """Write what is held, if the disk takes it now, and let go of the file."""
        self.flush(now=True)
        with self._lock:
            if self._wavers and self.trouble is None:
                self._over()
            self._tip.let_go()

    def _recover(self) -> None:
        """The disk takes what it is given. After it refused again and again that is told once it has lasted."""
        if self.trouble is not None:
            self.trouble, self._turned_at = None, time.monotonic()
        if self._wavers and time.monotonic() - self._turned_at < self._limits.lasting:
            return
        self._over()

    def _over(self) -> None:
        lost, self.lost, self._wavers = self.lost, 0, False
        self._say("the log can be written again" + (f"; {lost} lines were lost" if lost else ""))

    def _write_held(self) -> None:
        block, lines = self._held[0]
        self._tip.write(block, lines)
        self._held.popleft()
        self._held_bytes -= len(block)

    def _hold(self, block: bytes, lines: int) -> None:
        self._held.append((block, lines))
        self._held_bytes += len(block)
        while self._held_bytes > self._limits.held_bytes and len(self._held) > 1:
            gone, count = self._held.popleft()
            self._held_bytes -= len(gone)
            self.lost += count
            self._tip.skip(count)

    def _try(self, act: Callable[[], None]) -> bool:
        """Whether ``act`` went well; what went wrong is said once."""
        try:
            act()
        except OSError as error:
            self._retry_at = time.monotonic() + self._limits.retry
            self._tip.let_go()
            reason = error.strerror or str(error)
            if self.trouble != reason:
                self.trouble = reason
                self._complain(reason)
            return False
        return True

    def _complain(self, reason: str) -> None:
        """Say that the disk refuses; a full one takes a line now and then, and that is one thing to say, not one each time."""
        if self._wavers:
            return
        self._wavers = time.monotonic() - self._turned_at < self._limits.lasting
        when = "can be written only now and then" if self._wavers else "cannot be written"
        self._say(f"the log in {self._folder} {when} ({reason}); trying again")
