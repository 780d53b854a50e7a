"""Rows of text in columns that share a width."""

from collections.abc import Sequence

from homeport.cli.screen.paint import Paint
from homeport.cli.screen.text import cut, width_of

GAP = "  "


def natural(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return how wide each column would like to be."""
    return [max(width_of(cell) for cell in column) for column in zip(*rows, strict=True)]


def row(cells: Sequence[str], widths: Sequence[int], colours: Sequence[str | None], paint: Paint) -> str:
    """Return one row; columns of no width are left out, and nothing trails."""
    shown = [
        (cut(cell, width), width, colour)
        for cell, width, colour in zip(cells, widths, colours, strict=True)
        if width > 0
    ]
    while len(shown) > 1 and not shown[-1][0]:
        shown.pop()
    last = len(shown) - 1
    return GAP.join(
        (paint(colour, text) if colour else text) + (" " * (width - width_of(text)) if index < last else "")
        for index, (text, width, colour) in enumerate(shown)
    )


def shrink(widths: Sequence[int], room: int | None, order: Sequence[int], least: int = 6) -> list[int]:
    """Return widths that fit ``room``: columns give in this order, each down to ``least``, then they are left out."""
    found = list(widths)
    if room is None:
        return found
    for column in order:
        over = sum(found) + len(GAP) * (sum(width > 0 for width in found) - 1) - room
        if over > 0:
            kept = found[column] - over
            found[column] = kept if kept >= least else 0
    return found
