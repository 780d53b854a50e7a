"""Appending one service's lines to its segments, within limits, whatever the disk does."""

import contextlib
import errno
import os
import stat
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from homeport.logs.segments import CHECKPOINT, Segment, number_at, segment_at, segments_in, whole_until


class Limits(Struct, frozen=True):
    """How much is kept per service: ``segments`` files of about ``segment_bytes``, none older than ``age`` seconds.

    ``held_bytes`` is what waits in memory while the disk takes nothing; every ``retry`` seconds it is tried again.
    """

    segment_bytes: int = 64 * 1024 * 1024
    segments: int = 4
    age: float = 30 * 86400.0
    held_bytes: int = 1024 * 1024
    retry: float = 0.5


class Place(Struct, frozen=True):
    """A place between two lines: the segment's first line, the offset in it, and the number of the next line."""

    first: int
    offset: int
    number: int


class Shelf:
    """The writing end of one service's log. Never raises for what the disk does: ``trouble`` says it, and it tries again.

    Blocks are whole formatted lines. While the disk takes nothing, up to ``held_bytes`` wait in memory; beyond that the
    oldest are given up, counted in ``lost``.
    """

    def __init__(self, folder: Path, limits: Limits, wall: Callable[[], float], say: Callable[[str], None]) -> None:
        self._folder = folder
        self._limits = limits
        self._wall = wall
        self._say = say
        self._lock = threading.RLock()
        self._file: int | None = None
        self._segment: Segment | None = None
        self._offset = 0
        self._marked = 0
        self._held: deque[tuple[bytes, int]] = deque()
        self._held_bytes = 0
        self._retry_at = 0.0
        self._number: int | None = None
        self.trouble: str | None = None
        self.lost = 0

    def place(self) -> Place:
        """Return where the next line will stand."""
        with self._lock:
            self._try(self._open)
            first, offset = (self._segment.first, self._offset) if self._segment else (self._next(), 0)
            return Place(first, offset, self._next())

    def append(self, block: bytes, lines: int) -> None:
        """Write a block of ``lines`` lines, or hold it until the disk takes it."""
        with self._lock:
            if self._held:
                self._hold(block, lines)
                self.flush()
            elif not self._try(lambda: self._write(block, lines)):
                self._hold(block, lines)

    def flush(self, *, now: bool = False) -> None:
        """Write what is held, unless an attempt was made just before (``now``: in any case)."""
        if not self._held or (not now and time.monotonic() < self._retry_at):
            return
        with self._lock:
            while self._held:
                if not self._try(self._write_held):
                    return
            lost, self.lost, self.trouble = self.lost, 0, None
        self._say("the log can be written again" + (f"; {lost} lines were lost" if lost else ""))

    def _write_held(self) -> None:
        block, lines = self._held[0]
        self._write(block, lines)
        self._held.popleft()
        self._held_bytes -= len(block)

    def close(self) -> None:
        """Write what is held, if the disk takes it now, and let go of the file."""
        self.flush(now=True)
        with self._lock:
            self._let_go()

    def _next(self) -> int:
        return self._number or 1

    def _hold(self, block: bytes, lines: int) -> None:
        self._held.append((block, lines))
        self._held_bytes += len(block)
        while self._held_bytes > self._limits.held_bytes and len(self._held) > 1:
            gone, count = self._held.popleft()
            self._held_bytes -= len(gone)
            self.lost += count
            if self._number is not None:
                # The numbers of lost lines stay empty, so that followers can tell: the next line begins a segment.
                self._number += count
                self._leave()

    def _try(self, act: Callable[[], None]) -> bool:
        """Whether ``act`` went well; what went wrong is said once."""
        try:
            act()
        except OSError as error:
            self._retry_at = time.monotonic() + self._limits.retry
            self._let_go()
            reason = error.strerror or str(error)
            if self.trouble != reason:
                self.trouble = reason
                self._say(f"the log in {self._folder} cannot be written ({reason}); trying again")
            return False
        return True

    def _write(self, block: bytes, lines: int) -> None:
        file = self._ready()
        try:
            written = os.write(file, block)
        except OSError as error:
            self._make_room(error)
            written = os.write(file, block)
        if written < len(block):
            self._finish(block, written)
        self._offset += len(block)
        self._number = self._next() + lines
        if self._offset - self._marked >= CHECKPOINT:
            self._mark()

    def _finish(self, block: bytes, written: int) -> None:
        """Write the rest of a block of which the disk took only a part, or take that part back."""
        file = self._file
        assert file is not None
        try:
            while written < len(block):
                try:
                    written += os.write(file, block[written:])
                except OSError as error:
                    self._make_room(error)
        except OSError:
            # Readers must not see half a block that will be written again; if this fails too, opening does it.
            with contextlib.suppress(OSError):
                os.ftruncate(file, self._offset)
            raise

    def _ready(self) -> int:
        """Return the open segment; a full one is followed by the next, and so is one that was removed or emptied."""
        self._open()
        if self._file is not None and (
            self._offset >= self._limits.segment_bytes or not self._is_whole(os.fstat(self._file))
        ):
            self._leave()
            self._open()
        assert self._file is not None
        return self._file

    def _open(self) -> None:
        if self._file is not None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = segments_in(self._folder)
        if self._number is None:
            self._resume(found)
        if self._segment is None or not self._is_there(self._segment):
            self._segment = segment_at(self._folder, self._next())
            self._offset = self._marked = 0
            self._prune([*found, self._segment])
        self._file = os.open(self._segment.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if os.fstat(self._file).st_size > self._offset:
            os.ftruncate(self._file, self._offset)

    def _is_there(self, segment: Segment) -> bool:
        try:
            return self._is_whole(os.stat(segment.path))
        except FileNotFoundError:
            return not self._offset

    def _is_whole(self, found: os.stat_result) -> bool:
        """Whether nobody removed the segment or took something from it: places in it would be wrong from then on."""
        return found.st_nlink > 0 and (found.st_size >= self._offset or not stat.S_ISREG(found.st_mode))

    def _resume(self, found: list[Segment]) -> None:
        """Go on where an earlier run of Homeport stopped; a torn last line is dropped."""
        if not found:
            self._number = 1
            return
        last = found[-1]
        file = os.open(last.path, os.O_RDONLY)
        try:
            self._offset = self._marked = whole_until(file)
            self._number = number_at(last, file, self._offset)
        finally:
            os.close(file)
        self._segment = last
        self._prune(found)

    def _leave(self) -> None:
        """Let go of the open segment: the next line begins a new one."""
        self._let_go()
        self._segment = None

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _mark(self) -> None:
        self._marked = self._offset
        assert self._segment is not None
        # The lines themselves are written; without this checkpoint their numbers only take longer to find.
        with contextlib.suppress(OSError), open(self._segment.index, "ab", opener=_private) as file:
            file.write(b"%d %d\n" % (self._offset, self._next()))

    def _prune(self, found: list[Segment]) -> None:
        """Remove segments beyond the limits, never the last one."""
        oldest = self._wall() - self._limits.age
        for at, segment in enumerate(found[:-1]):
            if len(found) - at > self._limits.segments or _last_written(segment) < oldest:
                _remove(segment)

    def _make_room(self, error: OSError) -> None:
        """Give up this service's oldest segment on a full disk; raises ``error`` when that is no help."""
        found = segments_in(self._folder)
        if error.errno not in (errno.ENOSPC, errno.EDQUOT) or len(found) < 2:
            raise error
        _remove(found[0])


def _last_written(segment: Segment) -> float:
    try:
        return os.stat(segment.path).st_mtime
    except FileNotFoundError:
        return 0.0


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _remove(segment: Segment) -> None:
    for path in (segment.path, segment.index):
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
