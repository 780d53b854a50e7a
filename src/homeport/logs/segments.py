"""The files of one service: which there are, and the number of the line at a place in them.

Beside each segment lies an index of checkpoints, one about every MiB, so that numbers are known without counting a whole
file. It is a help, not a truth: a checkpoint that does not fit the segment is passed over.
"""

import os
from bisect import bisect_right
from pathlib import Path

from msgspec import Struct

from homeport.kit.filenames import file_name, name_in

CHECKPOINT = 1024 * 1024
_BLOCK = 1024 * 1024


class Segment(Struct, frozen=True, order=True):
    """One file of lines; ``first`` is the number of its first line."""

    first: int
    path: str

    @property
    def index(self) -> str:
        """The path of its checkpoints."""
        return self.path.removesuffix(".log") + ".idx"


def folder_of(root: str | Path, service: str) -> Path:
    """Return the folder of a service's segments."""
    return Path(root) / file_name(service)


def services_in(root: str | Path) -> list[str]:
    """Return the services that have a folder below ``root``, sorted."""
    try:
        with os.scandir(root) as found:
            return sorted(name_in(entry.name) for entry in found if entry.is_dir())
    except OSError:
        return []


def segment_at(folder: Path, first: int) -> Segment:
    """Return the segment that begins with line ``first``, whether it exists or not."""
    return Segment(first, str(folder / f"{first:012d}.log"))


def segments_in(folder: Path) -> list[Segment]:
    """Return the segments of a folder, oldest first; none when it is not there."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(
        Segment(int(name[:-4]), str(folder / name)) for name in names if name.endswith(".log") and name[:-4].isdigit()
    )


def checkpoints(segment: Segment) -> list[tuple[int, int]]:
    """Return the known (offset, number) pairs, ascending, the start of the segment included."""
    found = [(0, segment.first)]
    try:
        with open(segment.index, "rb") as file:
            rows = file.read().split(b"\n")
    except OSError:
        return found
    for row in rows[:-1]:
        try:
            offset, number = map(int, row.split())
        except ValueError:
            continue
        if offset > found[-1][0] and number > found[-1][1]:
            found.append((offset, number))
    return found


def number_at(segment: Segment, file: int, offset: int) -> int:
    """Return the number of the line that begins at ``offset`` of the open segment."""
    known = checkpoints(segment)
    size = os.fstat(file).st_size
    for at, number in reversed(known[: bisect_right(known, (offset, 1 << 62))]):
        if at == 0 or (at <= size and os.pread(file, 1, at - 1) == b"\n"):
            return number + _count(file, at, offset)
    return segment.first


def _count(file: int, start: int, end: int) -> int:
    lines = 0
    while start < end:
        block = os.pread(file, min(_BLOCK, end - start), start)
        if not block:
            break
        lines += block.count(b"\n")
        start += len(block)
    return lines


def whole_until(file: int) -> int:
    """Return the offset after the last line end of an open segment; what follows it is a torn line."""
    end = os.fstat(file).st_size
    while end > 0:
        start = max(0, end - 64 * 1024)
        block = os.pread(file, end - start, start)
        at = block.rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0
