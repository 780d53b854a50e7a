"""What ``doctor`` found, as lines."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from homeport.cli.screen.paint import Paint


class Finding(Struct, frozen=True, omit_defaults=True):
    """One thing found: ``fix`` is what to do about it, when something is wrong."""

    check: str
    verdict: Literal["ok", "warning", "failed"]
    said: str
    fix: str | None = None


_MARKS = {"ok": ("ok", "green"), "warning": ("warn", "yellow"), "failed": ("FAIL", "red")}


def lines(found: Sequence[Finding], paint: Paint) -> list[str]:
    """Return a line for each finding, what to do about it below, and a count at the end."""
    said: list[str] = []
    for finding in found:
        mark, colour = _MARKS[finding.verdict]
        first, *more = finding.said.splitlines() or [""]
        said.append(f"{paint(colour, mark.ljust(4))}  {finding.check}: {first}")
        said += [f"      {line}" for line in more]
        if finding.fix and finding.verdict != "ok":
            said.append(f"      {paint('dim', 'try:')} {finding.fix}")
    counts = [sum(finding.verdict == verdict for finding in found) for verdict in ("ok", "warning", "failed")]
    return [*said, "", f"{counts[0]} fine, {counts[1]} warnings, {counts[2]} failed"]
