"""Which lines are asked for, and finding them in a block of raw lines without reading each one."""

import re
from collections.abc import Iterator

from msgspec import Struct

from homeport.logs.lines import parse, plain
from homeport.model.lines import LogLevel as Level
from homeport.model.lines import LogLine
from homeport.model.lines import LogStream as Source

GRAVITY: dict[Level | None, int] = {"debug": 0, None: 1, "info": 1, "warning": 2, "error": 3}
"""How grave a level is; a line that does not say its level counts as information."""

_SPECIAL = frozenset("\\^$.|?*+()[]{}")


class Query(Struct, frozen=True):
    """Which lines are wanted: all conditions hold.

    ``since`` and ``until`` are seconds since the epoch (``until`` exclusive); ``after``: lines with a greater number;
    ``grep``: a regular expression that is found in the text without terminal sequences; ``level``: at least so grave
    (lines that do not say count as ``info``); ``source``: of this stream; ``run``: of this run.
    """

    since: float | None = None
    until: float | None = None
    after: int | None = None
    grep: str | None = None
    level: Level | None = None
    source: Source | None = None
    run: int | None = None

    @property
    def everything(self) -> bool:
        """Whether no line is left out."""
        return self == Query()


class Filter:
    """A query made ready. Raises ``re.error`` when ``grep`` is no regular expression."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._everything = query.everything
        self._pattern = re.compile(query.grep) if query.grep is not None else None
        self._literal = _literal_in(query.grep).encode() if query.grep else b""
        self._least = GRAVITY[query.level] if query.level is not None else 0

    def lines(self, service: str, number: int, data: bytes) -> Iterator[LogLine]:
        """Yield the wanted lines of ``data`` (whole raw lines), the first of which has ``number``."""
        # A terminal sequence may stand inside the word that is looked for; then each line is looked at.
        if self._literal and b"\x1b" not in data:
            rows = _rows_with(self._literal, number, data)
        else:
            known = 0 if self.query.after is None else max(0, self.query.after + 1 - number)
            rows = enumerate(data.split(b"\n")[known:-1], number + known)
        for at, row in rows:
            line = parse(service, at, row)
            if line is not None and (self._everything or self.wants(line)):
                yield line

    def wants(self, line: LogLine) -> bool:
        """Whether the line fits the query."""
        query = self.query
        return (
            (query.since is None or line.at >= query.since)
            and (query.until is None or line.at < query.until)
            and (query.after is None or line.number > query.after)
            and (query.level is None or GRAVITY[line.level] >= self._least)
            and (query.source is None or line.stream == query.source)
            and (query.run is None or line.run == query.run)
            and (self._pattern is None or self._pattern.search(plain(line.text)) is not None)
        )


def _rows_with(literal: bytes, number: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the numbered lines that hold ``literal``."""
    counted = 0
    at = data.find(literal)
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        end = data.find(b"\n", at)
        number += data.count(b"\n", counted, start)
        counted = start
        yield number, data[start:end]
        at = data.find(literal, end)


def _literal_in(pattern: str) -> str:
    """Return the longest text that every match of ``pattern`` must hold, where that is easy to see, else nothing."""
    if any(sign in pattern for sign in "|(["):
        return ""
    best = current = ""
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\" and at + 1 < len(pattern) and not pattern[at + 1].isalnum():
            at += 1
            sign = pattern[at]
        elif sign in _SPECIAL:
            if sign in "?*{":
                # What stands before may be there no time at all.
                current = current[:-1]
            best = max(best, current, key=len)
            current = ""
            at = len(pattern) if sign == "{" else at + (2 if sign == "\\" else 1)
            continue
        current += sign
        at += 1
    return max(best, current, key=len)
