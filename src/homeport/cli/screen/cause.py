"""A chain of causes as lines: from what was asked down to what holds it."""

from collections.abc import Mapping
from typing import Any

from homeport.cli.screen.paint import STATES, Paint
from homeport.cli.screen.text import clean


def chain(found: Mapping[str, Any], paint: Paint) -> list[str]:
    """Return the answer to ``why`` (a ``chain`` message) as lines."""
    links = found.get("links", ())
    state = paint(STATES.get(found["state"], "bold"), found["state"])
    detail = found.get("detail", "")
    lines = [f"{paint('bold', found['name'])} is {state}{': ' if detail else ''}{detail}"]
    if not links:
        return [*lines, "  nothing holds it"]
    for depth, link in enumerate(links):
        if depth == 0 and link["name"] == found["name"] and link["reason"] == detail:
            continue
        said = link["reason"]
        lines.append(f"{'  ' * depth}because {paint('bold', link['name'])}: {said}" if depth else f"  {said}")
    last = links[-1]
    if last.get("tail"):
        lines.append(f"last lines of {paint('bold', last['name'])}:")
        lines += [f"  {clean(text, colour=False)}" for text in last["tail"]]
    return lines
