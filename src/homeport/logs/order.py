"""Lines of several services in one order: by their time, but every service's own lines in the order of their numbers.

A clock that was set back lets later lines have earlier times. Sorting by the time alone would tear a service's lines apart.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence

from homeport.model.lines import LogLine

_Dated = tuple[float, LogLine]


def sorted_lines(services: Iterable[Sequence[LogLine]]) -> list[LogLine]:
    """Return the lines of each service (in the order of their numbers) as one list.

    The latest lines keep their time, since their clock is the one that holds now: earlier ones of a service that claim to be
    later than those count as just as late.
    """
    dated: list[_Dated] = []
    for lines in services:
        latest = float("inf")
        ends: list[_Dated] = []
        for line in reversed(lines):
            latest = min(latest, line.at)
            ends.append((latest, line))
        dated += reversed(ends)
    dated.sort(key=_time_of)
    return [line for _, line in dated]


def merged_lines(services: Iterable[Iterator[LogLine]]) -> Iterator[LogLine]:
    """Yield the lines of each service as one stream, reading no further than needed.

    What comes is not known yet, so a line that claims to be earlier than one before it counts as just as late as that.
    """
    return (line for _, line in heapq.merge(*map(_rising, services), key=_time_of))


def _rising(lines: Iterator[LogLine]) -> Iterator[_Dated]:
    latest = float("-inf")
    for line in lines:
        latest = max(latest, line.at)
        yield latest, line


def _time_of(dated: _Dated) -> float:
    return dated[0]
