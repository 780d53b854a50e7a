"""Finding the lines that are asked for in a block of raw lines, without reading each one."""

from collections.abc import Iterable, Iterator

from homeport.kit.terminal import plain_bytes
from homeport.logs.levels import traces_of
from homeport.logs.lines import LETTERS, read
from homeport.logs.literals import literals_in
from homeport.model.lines import LogLine
from homeport.model.queries import Query, Wanted

_DENSE = 4
"""When more than one line in so many has a trace, reading all of them is faster than looking for traces."""


class Filter(Wanted):
    """A query made ready to search blocks. Raises ``re.error`` when ``grep`` is no regular expression."""

    def __init__(self, query: Query) -> None:
        super().__init__(query)
        self._traces = _traces_of(query)

    def lines(self, service: str, number: int, data: bytes) -> Iterator[LogLine]:
        """Yield the wanted lines of ``data`` (whole raw lines), the first of which has ``number``."""
        for at, row in self._candidates(number, data):
            line = read(service, at, row, self)
            if line is not None:
                yield line

    def _candidates(self, number: int, data: bytes) -> Iterable[tuple[int, bytes]]:
        if self._traces:
            # A terminal sequence may stand inside the word that is looked for.
            searched = plain_bytes(data)
            places = _places_of(self._traces, searched)
            if places is not None and searched is data:
                return [(number + place, data[start : data.index(b"\n", start)]) for place, start in places]
            if places is not None:
                rows = data.split(b"\n") if places else []
                return [(number + place, rows[place]) for place, _ in places]
        known = 0 if self.query.after is None else max(0, self.query.after + 1 - number)
        return enumerate(data.split(b"\n")[known:-1], number + known)


def _traces_of(query: Query) -> tuple[bytes, ...]:
    """Return byte strings one of which is in every wanted line on disk; none when that is not known."""
    if query.grep is not None and (literals := literals_in(query.grep)):
        return tuple(literal.encode("utf-8", "surrogatepass") for literal in literals)
    run = query.pen or query.run
    if run is not None:
        return tuple(f" {letter}{run}".encode() for low in LETTERS.values() for letter in (low, low.upper()))
    return traces_of(query.level) if query.level is not None else ()


def _places_of(traces: tuple[bytes, ...], data: bytes) -> list[tuple[int, int]] | None:
    """Return which lines hold a trace, counted from 0, and where each begins; None when there are too many of them."""
    most = len(data) // 64 // _DENSE + 8
    starts: set[int] = set()
    for trace in traces:
        at = data.find(trace)
        while at >= 0:
            starts.add(data.rfind(b"\n", 0, at) + 1)
            if len(starts) > most:
                return None
            at = data.find(trace, data.find(b"\n", at))
    places, counted, place = [], 0, 0
    for start in sorted(starts):
        place += data.count(b"\n", counted, start)
        counted = start
        places.append((place, start))
    return places
