"""Reading one service's lines forward, as far as they are written, across segments."""

import os
from pathlib import Path

from homeport.logs.ageing import size_of
from homeport.logs.lines import parse
from homeport.logs.segments import Segment, number_at, segment_at, segments_in, whole_until
from homeport.logs.tip import Place
from homeport.model.lines import LogLine

BLOCK = 256 * 1024


def end_of(folder: Path) -> Place:
    """Return the place after the last whole line on disk."""
    found = segments_in(folder)
    if not found:
        return Place(1, 0, 1)
    try:
        file = os.open(found[-1].path, os.O_RDONLY)
    except FileNotFoundError:
        return end_of(folder)
    try:
        offset = whole_until(file)
        return Place(found[-1].first, offset, number_at(found[-1], file, offset))
    finally:
        os.close(file)


class Cursor:
    """A place in one service's log that moves on as lines are taken. Lines that are gone before that leave a note."""

    def __init__(self, folder: Path, service: str, place: Place) -> None:
        self._folder = folder
        self.service = service
        self._segment = segment_at(folder, place.first)
        self._offset = place.offset
        self._number = place.number

    def take(self, block: int = BLOCK) -> list[LogLine]:
        """Return the next lines, up to about ``block`` bytes of them; none when nothing more is written yet."""
        expected = self._number
        number, rows = self.rows(block)
        lines = [line for at, row in enumerate(rows, number) if (line := parse(self.service, at, row)) is not None]
        if number > expected and lines:
            # Who reads slower than a service writes must not take what comes next for what came next.
            said = f"{number - expected} lines are missing here: they went before they were read"
            lines.insert(0, LogLine(self.service, number - 1, lines[0].at, "note", said, "info", lines[0].run))
        return lines

    def behind(self, place: Place) -> int:
        """Return how many bytes there are to read until ``place``, which is not before this one."""
        if place.first == self._segment.first:
            return place.offset - self._offset
        between = (one for one in segments_in(self._folder) if self._segment.first <= one.first < place.first)
        return sum(map(size_of, between)) - self._offset + place.offset

    def skip(self, place: Place, block: int) -> int:
        """Go to the last lines before ``place``, at most ``block`` bytes of them; return how many are passed over."""
        segment = segment_at(self._folder, place.first)
        try:
            file = os.open(segment.path, os.O_RDONLY)
        except FileNotFoundError:
            return 0
        try:
            start = max(0, place.offset - block)
            data = os.pread(file, place.offset - start, start)
        finally:
            os.close(file)
        if not data.endswith(b"\n"):
            return 0  # somebody cut the file
        if start > 0:
            data = data[data.find(b"\n") + 1 :]
        passed = place.number - data.count(b"\n") - self._number
        if passed > 0:
            self._segment, self._offset, self._number = segment, place.offset - len(data), self._number + passed
        return max(0, passed)

    def rows(self, block: int = BLOCK) -> tuple[int, list[bytes]]:
        """Return the number of the next line, and the next lines as they are on disk; none at the end."""
        data = self._read(block)
        if not data:
            later = self._later()
            # What was written to the old segment just before it was left must not be passed over.
            data = self._read(block) if later else b""
            if later and not data:
                self._segment, self._offset, self._number = later, 0, later.first
                data = self._read(block)
        rows = data.split(b"\n")[:-1]
        number = self._number
        self._number += len(rows)
        self._offset += len(data)
        return number, rows

    def _read(self, block: int) -> bytes:
        """Return whole lines from here on."""
        try:
            # Most services are silent most of the time: looking is cheaper than opening.
            if os.stat(self._segment.path).st_size <= self._offset:
                return b""
            file = os.open(self._segment.path, os.O_RDONLY)
        except FileNotFoundError:
            return b""
        try:
            while True:
                data = os.pread(file, block, self._offset)
                end = data.rfind(b"\n") + 1
                if end or len(data) < block:
                    return data[:end]
                block *= 2
        finally:
            os.close(file)

    def _later(self) -> Segment | None:
        return next((segment for segment in segments_in(self._folder) if segment.first > self._segment.first), None)
