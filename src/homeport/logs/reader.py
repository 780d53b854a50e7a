"""Reading the logs of an instance from its files, whether its house runs or not."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from homeport.logs.cursor import Cursor, end_of
from homeport.logs.lines import time_of
from homeport.logs.order import merged_lines, sorted_lines
from homeport.logs.query import Filter
from homeport.logs.segments import Segment, folder_of, number_at, segments_in, services_in, whole_until
from homeport.logs.tip import Place
from homeport.model.lines import LogLine, is_meant
from homeport.model.queries import Query

_BLOCK = 1024 * 1024
_FIRST_LOOK = 64 * 1024
_PEN = re.compile(rb"\S+ [oenOEN](\d+[a-z]*) ")
ALL = Query()


class LogReader:
    """Looks into the logs below ``root``: which services there are, their last lines, all lines, and new ones.

    The name of a service stands for the logs of its replicas too. A ``grep`` that is no regular expression raises
    ``re.error``. Lines keep their terminal sequences (``kit.terminal.plain`` strips them). Files that are removed meanwhile
    are passed over.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def services(self) -> list[str]:
        """Return the names of all services that ever wrote, sorted."""
        return services_in(self._root)

    def tail(self, services: Sequence[str] | None, count: int, query: Query = ALL) -> tuple[LogLine, ...]:
        """Return the last ``count`` wanted lines of the services (None: all) together, in the order of ``order``."""
        if count <= 0:
            return ()
        wanted = Filter(query)
        filters = {service: self._of_run(service, wanted) for service in self._named(services)}
        lasts = [self._last(service, count, fits) for service, fits in filters.items() if fits]
        return tuple(sorted_lines(lasts)[-count:])

    def lines(self, services: Sequence[str] | None = None, query: Query = ALL) -> Iterator[LogLine]:
        """Yield the wanted lines of the services (None: all), in the order of ``order``, reading as it goes."""
        wanted = Filter(query)
        filters = {service: self._of_run(service, wanted) for service in self._named(services)}
        streams = [self._forward(service, fits) for service, fits in filters.items() if fits]
        return merged_lines(streams)

    def fresh(self, services: Sequence[str] | None = None, query: Query = ALL) -> Iterator[tuple[LogLine, ...]]:
        """Yield without end, first nothing, then the wanted lines written since the last step (perhaps none)."""
        wanted = Filter(query)
        cursors = {name: self._cursor(name, end_of(folder_of(self._root, name))) for name in self._named(services)}
        yield ()
        while True:
            for name in self._named(services):
                if name not in cursors:
                    cursors[name] = self._cursor(name, Place(1, 0, 1))
            yield tuple(
                sorted_lines([line for line in cursor.take() if wanted.line(line)] for cursor in cursors.values())
            )

    def last_pen(self, service: str, back: int = 0) -> str | None:
        """Return the pen of the last run that wrote, or of the one so many runs ``back``; None when there is none."""
        seen: dict[str, None] = {}
        for segment in reversed(segments_in(folder_of(self._root, service))):
            for _, data in _backward(segment, numbered=False):
                for row in reversed(data.split(b"\n")):
                    found = _PEN.match(row)
                    if found is not None and found[1] != b"0":
                        seen[found[1].decode()] = None
                    if len(seen) > back:
                        return list(seen)[back]
        return None

    def _of_run(self, service: str, wanted: Filter) -> Filter | None:
        """Return the filter for one service, when a run is asked for by how many runs back it is."""
        query = wanted.query
        if query.run is None or query.run > 0:
            return wanted
        pen = self.last_pen(service, -query.run)
        return Filter(replace(query, run=None, pen=pen)) if pen is not None else None

    def _named(self, services: Sequence[str] | None) -> Sequence[str]:
        written = self.services()
        return written if services is None else [log for log in written if is_meant(log, services)]

    def _cursor(self, service: str, place: Place) -> Cursor:
        return Cursor(folder_of(self._root, service), service, place)

    def _last(self, service: str, count: int, wanted: Filter) -> list[LogLine]:
        """Return the last wanted lines of one service, reading backwards no more than needed."""
        found: list[LogLine] = []
        for segment in reversed(segments_in(folder_of(self._root, service))):
            for first, block in _backward(segment):
                number, data = first, block
                if wanted.query.everything:
                    number, data = _cut_to(count - len(found), number, data)
                found = [*wanted.lines(service, number, data), *found]
                if len(found) >= count:
                    return found[-count:]
                if wanted.query.since is not None and (time_of(data) or 0.0) < wanted.query.since:
                    return found
        return found

    def _forward(self, service: str, wanted: Filter) -> Iterator[LogLine]:
        query = wanted.query
        segments = segments_in(folder_of(self._root, service))
        for at, segment in enumerate(segments):
            if query.after is not None and at + 1 < len(segments) and segments[at + 1].first <= query.after + 1:
                continue
            for number, data in _blocks(segment, query.since):
                if query.until is not None and (time_of(data) or 0.0) >= query.until:
                    return
                yield from wanted.lines(service, number, data)


def _cut_to(count: int, number: int, data: bytes) -> tuple[int, bytes]:
    """Return the last ``count`` lines of a block, and the number of the first of them."""
    lines = data.count(b"\n")
    if lines <= count:
        return number, data
    return number + lines - count, b"\n".join(data[:-1].rsplit(b"\n", count)[1:]) + b"\n"


def _backward(segment: Segment, *, numbered: bool = True) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of whole lines from the end of a segment to its start, each with its first number (if ``numbered``)."""
    try:
        file = os.open(segment.path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        end = whole_until(file)
        number = number_at(segment, file, end) if numbered else 0
        size = _FIRST_LOOK
        while end > 0:
            start = max(0, end - size)
            data = os.pread(file, end - start, start)
            if start > 0:
                skip = data.find(b"\n") + 1
                if skip in (0, len(data)):
                    size *= 2
                    continue
                data = data[skip:]
                start += skip
            number -= data.count(b"\n")
            yield number, data
            end = start
            size = min(size * 4, _BLOCK)
    finally:
        os.close(file)


def _blocks(segment: Segment, since: float | None) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of whole lines from ``since`` on, each with the number of its first line."""
    try:
        file = os.open(segment.path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        if since is not None and os.fstat(file).st_mtime < since - 1:
            return
        end = whole_until(file)
        offset = _offset_of(file, end, since) if since is not None else 0
        number = number_at(segment, file, offset)
        size = _BLOCK
        while offset < end:
            data = os.pread(file, min(size, end - offset), offset)
            whole = data.rfind(b"\n") + 1
            if not whole:
                size *= 2
                continue
            data = data[:whole]
            yield number, data
            number += data.count(b"\n")
            offset += whole
    finally:
        os.close(file)


def _offset_of(file: int, end: int, since: float) -> int:
    """Return the offset of a line from which on everything was written at or after ``since``, by bisection."""
    low, high = 0, end
    while high - low > _FIRST_LOOK:
        middle = (low + high) // 2
        look = 4096
        while True:
            data = os.pread(file, look, middle)
            at = data.find(b"\n") + 1
            if at and (at < len(data) or middle + at >= end):
                break
            look *= 2
        start = middle + at
        if start >= high:
            high = middle
        elif (time_of(data[at : at + 64]) or 0.0) < since:
            low = start
        else:
            high = middle
    return low
