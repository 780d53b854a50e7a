"""Lines of logs to standard output, as text or as JSON."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import msgspec

from homeport.cli.screen.logline import Gutter
from homeport.cli.screen.terminal import Terminal
from homeport.model.lines import LogLine

_BATCH = 1000


def printer(terminal: Terminal, services: Sequence[str], *, as_json: bool) -> Callable[[Iterable[LogLine]], None]:
    """Return what writes lines; many are written at once, and none waits in a buffer afterwards."""
    encode = msgspec.json.Encoder().encode
    gutter = Gutter(list(services))

    def text(line: LogLine) -> str:
        return encode(line).decode() if as_json else gutter.line(line, terminal.paint)

    def show(lines: Iterable[LogLine]) -> None:
        coming = iter(lines)
        while batch := list(islice(coming, _BATCH)):
            terminal.lines([text(line) for line in batch])

    return show
