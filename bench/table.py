"""The table: figure, target, ratio, verdict, and every side's median."""

from collections.abc import Mapping, Sequence
from statistics import median

from bench.work import OURS, Row, Values, Work

Taken = Mapping[str, Sequence[Values]]
"""What each side of a work measured, round by round."""

HEAD = ("work", "figure", "target", "ratio", "verdict", "range and others")


def lines(works: Sequence[tuple[Work, Taken]]) -> list[str]:
    """Return the table as lines."""
    cells = [HEAD, *(_cells(row, taken) for work, taken in works for row in work.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _cells(row: Row, taken: Taken) -> tuple[str, ...]:
    ours = [values[row.value] * row.scale for values in taken[OURS]]
    figure = median(ours)
    others = {
        side: median(values[row.value] for values in rounds) * row.scale
        for side, rounds in taken.items()
        if side != OURS and all(row.value in values for values in rounds)
    }
    ratio = figure / min(others.values()) if others else None
    kept = (
        (row.limit is None or figure <= row.limit)
        and (row.ratio is None or (ratio is not None and ratio <= row.ratio))
        and (row.more is None or figure <= min(others.values()) + row.more)
    )
    targets = [f"{row.limit:g} {row.unit}"] if row.limit is not None else []
    targets += [f"{row.ratio:g} x"] if row.ratio is not None else []
    targets += [f"others + {row.more:g} {row.unit}"] if row.more is not None else []
    more = [f"{min(ours):.3g}..{max(ours):.3g}", *(f"{side} {value:.3g}" for side, value in others.items())]
    return (
        row.text,
        f"{figure:.3g} {row.unit}",
        " and ".join(targets) or "-",
        f"{ratio:.2f} x" if ratio is not None else "-",
        ("kept" if kept else "MISSED") if targets else "-",
        ", ".join(more),
    )
