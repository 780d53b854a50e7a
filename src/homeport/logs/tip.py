"""The end of a service's segments, where lines are added: opening, rotating, resuming, making room. Raises OSError."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from homeport.logs.ageing import private, remove, remove_old, size_of
from homeport.logs.lines import time_of
from homeport.logs.segments import CHECKPOINT, Segment, number_at, segment_at, segments_in, whole_until
from homeport.model.parts import Keep
from homeport.ports.logbook import KEEP

_SPANS = 4
_HEAD = 32


class Limits(Struct, frozen=True):
    """How much is kept per service: as much as ``segments`` files of ``segment_bytes``, no line older than ``age`` seconds.

    Age is looked at segment by segment, each of which spans a quarter of it at most.
    ``held_bytes`` is what waits in memory while the disk takes nothing; every ``retry`` seconds it is tried again.
    A disk that refuses again within ``lasting`` seconds has not recovered for people.
    """

    segment_bytes: int = KEEP.size // 4
    segments: int = 4
    age: float = KEEP.age
    held_bytes: int = 1024 * 1024
    retry: float = 0.5
    lasting: float = 3.0

    def of(self, keep: Keep) -> "Limits":
        """Return these limits with another size and age."""
        return replace(self, segment_bytes=max(1, keep.size // self.segments), age=keep.age)


class Place(Struct, frozen=True):
    """A place between two lines: the segment's first line, the offset in it, and the number of the next line."""

    first: int
    offset: int
    number: int


class Tip:
    """Adds blocks of whole lines to the newest segment. After an OSError nothing of the block is there.

    ``given_up`` counts the segments that were removed to make room on a full disk, ``taken`` those that somebody else
    removed or cut while they were written.
    """

    def __init__(self, folder: Path, limits: Limits, wall: Callable[[], float]) -> None:
        self._folder = folder
        self._limits = limits
        self._wall = wall
        self._file: int | None = None
        self._segment: Segment | None = None
        self._offset = 0
        self._marked = 0
        self._born = 0.0
        self._number: int | None = None
        self.given_up = self.taken = 0

    def place(self) -> Place:
        """Return where the next line will stand; what an earlier run left must have been opened for that."""
        number = self._number or 1
        return Place(self._segment.first, self._offset, number) if self._segment else Place(number, 0, number)

    def write(self, block: bytes, lines: int) -> None:
        """Add a block of ``lines`` whole lines."""
        file = self._ready()
        try:
            self._write_all(file, block)
        except OSError:
            # Readers must not see half a block that will be written again; if this fails too, opening does it.
            with contextlib.suppress(OSError):
                os.ftruncate(file, self._offset)
            raise
        self._offset += len(block)
        self._number = (self._number or 1) + lines
        if self._offset - self._marked >= CHECKPOINT:
            self._mark()

    def skip(self, lines: int) -> None:
        """Leave the numbers of lost lines empty: the next line begins a segment of its own, which tells its number."""
        if self._number is not None:
            self._number += lines
            self._leave()

    def open(self) -> None:
        """Open the newest segment, or begin one; the first time, go on where an earlier run of Homeport stopped."""
        if self._file is not None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = segments_in(self._folder)
        if self._number is None:
            self._resume(found)
        if self._segment is not None and not self._is_there(self._segment):
            self.taken += 1
            self._segment = None
        if self._segment is None:
            self._segment = segment_at(self._folder, self._number or 1)
            self._offset = self._marked = 0
            self._born = self._wall()
            self._prune([*found, self._segment])
        self._file = os.open(self._segment.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if os.fstat(self._file).st_size > self._offset:
            os.ftruncate(self._file, self._offset)

    def limit(self, limits: Limits) -> None:
        """Keep to other limits from now on."""
        self._limits = limits

    def age(self) -> None:
        """Remove what became too old, but for the newest segment."""
        self._prune(segments_in(self._folder))

    def let_go(self) -> None:
        """Close the file; the next write opens it again."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write_all(self, file: int, block: bytes) -> None:
        written = 0
        while written < len(block):
            try:
                written += os.write(file, block[written:] if written else block)
            except OSError as error:
                self._make_room(error)

    def _ready(self) -> int:
        """Return the open segment; a full one is followed by the next, and so is one that was removed or emptied."""
        self.open()
        whole = self._file is None or self._is_whole(os.fstat(self._file))
        self.taken += not whole
        if (
            not whole
            or self._offset >= self._limits.segment_bytes
            or self._wall() - self._born > self._limits.age / _SPANS
        ):
            self._leave()
            self.open()
        assert self._file is not None
        return self._file

    def _is_there(self, segment: Segment) -> bool:
        try:
            return self._is_whole(os.stat(segment.path))
        except FileNotFoundError:
            return not self._offset

    def _is_whole(self, found: os.stat_result) -> bool:
        """Whether nobody removed the segment or took something from it: places in it would be wrong from then on."""
        return found.st_nlink > 0 and (found.st_size >= self._offset or not stat.S_ISREG(found.st_mode))

    def _resume(self, found: list[Segment]) -> None:
        """Go on where an earlier run stopped; a torn last line is dropped."""
        if not found:
            self._number = 1
            return
        last = found[-1]
        file = os.open(last.path, os.O_RDONLY)
        try:
            self._offset = self._marked = whole_until(file)
            self._number = number_at(last, file, self._offset)
            self._born = time_of(os.pread(file, _HEAD, 0)) or self._wall()
        finally:
            os.close(file)
        self._segment = last
        self._prune(found)

    def _leave(self) -> None:
        """Let go of the open segment: the next line begins a new one."""
        self.let_go()
        self._segment = None

    def _mark(self) -> None:
        self._marked = self._offset
        assert self._segment is not None
        # The lines themselves are written; without this checkpoint their numbers only take longer to find.
        with contextlib.suppress(OSError), open(self._segment.index, "ab", opener=private) as file:
            file.write(b"%d %d\n" % (self._offset, self._number or 1))

    def _prune(self, found: list[Segment]) -> None:
        """Remove segments beyond the limits, never the last one."""
        full = 1.0
        for segment in reversed(found[:-1]):
            # One that was left early, for its age, counts as what it holds.
            full += min(1.0, size_of(segment) / self._limits.segment_bytes)
            if full > self._limits.segments:
                remove(segment)
        remove_old(found[:-1], self._wall() - self._limits.age)

    def _make_room(self, error: OSError) -> None:
        """Give up this service's oldest segment on a full disk; raises ``error`` when that is no help."""
        found = segments_in(self._folder)
        if error.errno not in (errno.ENOSPC, errno.EDQUOT) or len(found) < 2:
            raise error
        self.given_up += 1
        remove(found[0])
