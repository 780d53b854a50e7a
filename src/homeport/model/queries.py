"""Which lines of logs are asked for."""

import re

from msgspec import Struct

from homeport.kit.terminal import plain
from homeport.model.lines import LogLevel, LogLine, LogStream

GRAVITY: dict[LogLevel | None, int] = {"debug": 0, None: 1, "info": 1, "warning": 2, "error": 3}
"""How grave a level is; a line that does not say its level counts as information."""


class Query(Struct, frozen=True):
    """Which lines are wanted: all conditions hold.

    ``since`` and ``until`` are seconds since the epoch (``until`` exclusive); ``after``: lines with a greater number;
    ``grep``: a regular expression that is found in the text without terminal sequences; ``level``: at least so grave
    (lines that do not say count as ``info``); ``source``: of this stream; ``run``: of the runs with this number, or counted back
    from the latest one (0, -1 …, in files only); ``pen``: of the run that has this name in its log.
    """

    since: float | None = None
    until: float | None = None
    after: int | None = None
    grep: str | None = None
    level: LogLevel | None = None
    source: LogStream | None = None
    run: int | None = None
    pen: str | None = None

    @property
    def everything(self) -> bool:
        """Whether no line is left out."""
        return self == Query()


class Wanted:
    """A query made ready. Raises ``re.error`` when ``grep`` is no regular expression."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.everything = query.everything
        self._pattern = re.compile(query.grep) if query.grep is not None else None
        self._least = GRAVITY[query.level] if query.level is not None else 0

    def head(self, number: int, at: float, source: LogStream, run: int, pen: str | None = None) -> bool:
        """Whether what is known before the text is looked at fits."""
        query = self.query
        return (
            (query.since is None or at >= query.since)
            and (query.until is None or at < query.until)
            and (query.after is None or number > query.after)
            and (query.source is None or source == query.source)
            and (query.run is None or run == query.run)
            and (query.pen is None or pen == query.pen)
        )

    def text(self, text: str) -> bool:
        """Whether the text fits."""
        return self._pattern is None or self._pattern.search(plain(text)) is not None

    def grave(self, level: LogLevel | None) -> bool:
        """Whether a line of this level is grave enough."""
        return GRAVITY[level] >= self._least

    def line(self, line: LogLine) -> bool:
        """Whether the line fits."""
        return self.everything or (
            self.head(line.number, line.at, line.stream, line.run) and self.grave(line.level) and self.text(line.text)
        )
