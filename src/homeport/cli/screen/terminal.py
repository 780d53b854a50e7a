"""What may be written to a stream, and how wide it is."""

import os
from collections.abc import Mapping
from typing import IO

from homeport.cli.screen.paint import Paint, ansi, plain


class UnwritableError(OSError):
    """The output takes nothing more: its disk is full, say."""


class Terminal:
    """How to write to a stream: ``live`` when lines can be redrawn, ``width`` in columns (None: no limit)."""

    def __init__(self, stream: IO[str], *, live: bool, colour: bool) -> None:
        self.stream = stream
        self.live = live
        self.paint: Paint = ansi if colour else plain
        self._environ_columns: int | None = None

    @property
    def width(self) -> int | None:
        """Columns of the terminal now; None where lines may have any length."""
        return self.size()[0]

    def size(self) -> tuple[int | None, int]:
        """Return columns (None: no limit) and rows now."""
        try:
            columns, rows = os.get_terminal_size(self.stream.fileno())
        except (OSError, ValueError):
            columns, rows = 0, 0
        return self._environ_columns or columns or None, rows or 24

    def fix_columns(self, columns: int) -> None:
        """Use this width whatever the terminal says."""
        self._environ_columns = columns

    def write(self, text: str) -> None:
        """Write at once. Raises UnwritableError, or BrokenPipeError when the reader left."""
        try:
            self.stream.write(text)
            self.stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UnwritableError(error.errno, error.strerror) from error

    def lines(self, lines: "list[str] | tuple[str, ...]") -> None:
        """Write lines at once."""
        if lines:
            self.write("\n".join(lines) + "\n")


def terminal(environ: Mapping[str, str], stream: IO[str]) -> Terminal:
    """Return how to write to a stream.

    ``NO_COLOR`` forbids colours and ``FORCE_COLOR`` wants them, in this order; else a terminal gets them. Nothing is
    redrawn without a terminal, in CI, or on a ``dumb`` one. ``COLUMNS`` sets the width.
    """
    isatty = stream.isatty() and environ.get("TERM", "dumb") != "dumb"
    forced = environ.get("FORCE_COLOR", "") not in ("", "0")
    colour = not environ.get("NO_COLOR") and (forced or (isatty and environ.get("FORCE_COLOR") != "0"))
    found = Terminal(stream, live=isatty and not environ.get("CI"), colour=colour)
    columns = environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        found.fix_columns(max(int(columns), 20))
    return found
