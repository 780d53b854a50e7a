"""The table of a run: drill, rounds, figures, verdict; as lines for people, and as data for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from drills.drill import Drill, Values

HEAD = ("drill", "rounds", "figures: median, worst (limit)", "verdict")


@dataclass
class Outcome:
    """What the rounds of one drill showed. ``broken``: what was seen when the promise did not hold, by round."""

    drill: Drill
    rounds: list[Values] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    skipped: str | None = None

    @property
    def verdict(self) -> str:
        """One word."""
        if self.skipped is not None:
            return "skipped"
        return "BROKEN" if self.broken or self.over() else "kept"

    def over(self) -> list[str]:
        """Return the figures that were over their limit in some round."""
        return [
            figure.text
            for figure in self.drill.figures
            if figure.limit is not None and any(values[figure.value] > figure.limit for values in self.rounds)
        ]

    def cells(self) -> tuple[str, ...]:
        """Return the drill's line of the table."""
        done = len(self.rounds) + len(self.broken)
        return (self.drill.name, str(done), "; ".join(self._figures()) or "-", self.verdict)

    def document(self) -> dict[str, Any]:
        """Return everything as data."""
        return {
            "drill": self.drill.name,
            "promise": self.drill.promise,
            "verdict": self.verdict,
            "figures": self.figures(),
            "rounds": [dict(values) for values in self.rounds],
            "broken": self.broken,
            "skipped": self.skipped,
        }

    def figures(self) -> list[dict[str, Any]]:
        """Return what each column comes to over all rounds."""
        figures = []
        for figure in self.drill.figures if self.rounds else ():
            values = [each[figure.value] for each in self.rounds]
            found = {"median": median(values), "worst": max(values), "limit": figure.limit}
            figures.append({"text": figure.text, "unit": figure.unit, **found})
        return figures

    def _figures(self) -> list[str]:
        return [in_words(figure) for figure in self.figures()]


def in_words(figure: Mapping[str, Any]) -> str:
    """Return a column in a few words: ``gone after 0.31, 0.4 (5) s``."""
    limit = "" if figure["limit"] is None else f" ({figure['limit']:g})"
    median, worst = _short(figure["median"]), _short(figure["worst"])
    shown = median if median == worst else f"{median}, {worst}"
    return f"{figure['text']} {shown}{limit} {figure['unit']}".rstrip()


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 1 else f"{value:.2g}"


def lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the table as aligned lines."""
    rows = [HEAD, *(outcome.cells() for outcome in outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
