"""The table of a run: drill, rounds, figures, verdict; as lines for people, as Markdown for the page, as data."""

from collections.abc import Sequence
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
            "rounds": [dict(values) for values in self.rounds],
            "broken": self.broken,
            "skipped": self.skipped,
        }

    def _figures(self) -> list[str]:
        shown = []
        for figure in self.drill.figures if self.rounds else ():
            values = [each[figure.value] for each in self.rounds]
            limit = f" ({figure.limit:g})" if figure.limit is not None else ""
            shown.append(f"{figure.text} {median(values):.3g}, {max(values):.3g}{limit} {figure.unit}".rstrip())
        return shown


def lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the table as aligned lines."""
    rows = [HEAD, *(outcome.cells() for outcome in outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def markdown(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the table as Markdown, with the promises."""
    head = ["| drill | promise | rounds | figures: median, worst (limit) | verdict |", "|---|---|---|---|---|"]
    rows = [(*outcome.cells()[:1], outcome.drill.promise, *outcome.cells()[1:]) for outcome in outcomes]
    return head + [f"| {' | '.join(row)} |" for row in rows]
