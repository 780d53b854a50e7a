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
    said = detail.removeprefix(found["state"])
    between = ": " if said == detail and detail else ""
    lines = [f"{paint('bold', found['name'])} is {state}{between}{said}"]
    if not links:
        return [*lines, "  nothing holds it"]
    for depth, link in enumerate(links):
        if depth == 0 and link["name"] == found["name"] and detail and detail in link["reason"]:
            continue
        why = link["reason"]
        lines.append(f"{'  ' * depth}because {paint('bold', link['name'])}: {why}" if depth else f"  {why}")
    last = links[-1]
    if last.get("tail"):
        lines.append(f"last lines of {paint('bold', last['name'])}:")
        lines += [f"  {clean(text, colour=False)}" for text in last["tail"]]
    return lines
