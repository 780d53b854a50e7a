"""A line of a log as people see it."""

from typing import Protocol

from homeport.cli.screen.paint import Paint, ansi, colour_of
from homeport.cli.screen.text import clean, cut, pad, width_of

_WIDEST = 20


class Line(Protocol):
    """A line of a log, from wherever it comes."""

    @property
    def service(self) -> str:
        """Who said it."""
        ...

    @property
    def stream(self) -> str:
        """How: ``out``, ``err``, or ``note`` for Homeport itself."""
        ...

    @property
    def text(self) -> str:
        """What was said."""
        ...


def _fitted(name: str, width: int) -> str:
    """Return a name in at most ``width`` columns; its end is kept, by which pods and replicas differ."""
    if width_of(name) <= width or not name.isascii():
        return cut(name, width)
    tail = width // 2
    return f"{name[: width - tail - 1]}…{name[-tail:]}" if tail else cut(name, width)


class Gutter:
    """The names beside the lines: as wide as the widest seen so far, so that texts line up."""

    def __init__(self, names: "list[str] | tuple[str, ...]" = ()) -> None:
        self.width = min(max((width_of(name) for name in names), default=0), _WIDEST)

    def line(self, line: Line, paint: Paint) -> str:
        """Return ``name | text``."""
        self.width = min(max(self.width, width_of(line.service)), _WIDEST)
        name = paint(colour_of(line.service), pad(_fitted(line.service, self.width), self.width))
        text = clean(line.text, colour=paint is ansi)
        if line.stream == "note":
            text = paint("dim", text)
        return f"{name} {paint('dim', '|')} {text}".rstrip()
