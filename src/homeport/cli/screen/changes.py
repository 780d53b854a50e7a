"""Changes of state as lines, for where no table can be redrawn."""

from typing import TYPE_CHECKING

from homeport.cli.screen.paint import STATES, Paint
from homeport.cli.screen.table import address_of, state_of
from homeport.cli.screen.text import clean
from homeport.model.running import RUNNING

if TYPE_CHECKING:
    from homeport.model.view import NodeView

_LAST_LINES = 8


def change(before: "NodeView | None", now: "NodeView", paint: Paint) -> list[str]:
    """Return what to say about a node that changed: nothing when its state and detail are the same."""
    if before is not None and (before.state, before.detail, before.stale) == (now.state, now.detail, now.stale):
        return []
    if now.type not in RUNNING and not _matters(before, now):
        return []
    detail = now.detail.removeprefix(now.state).strip()
    said = [part for part in (detail, now.stale, address_of(now) if now.state == "ready" else "") if part]
    between = "" if not said else " " if detail != now.detail else ": "
    line = f"{now.name} is {paint(STATES[now.state], state_of(now))}{between}{', '.join(said)}"
    lines = [f"{paint('bold', '*')} {line}"]
    if now.state == "failed" and (before is None or before.tail != now.tail or before.state != now.state):
        lines += [f"    {clean(text, colour=False)}" for text in now.tail[-_LAST_LINES:]]
    return lines


def _matters(before: "NodeView | None", now: "NodeView") -> bool:
    """Whether a tool, a secret or settings are worth a line: while they hold something up, and when they no longer do."""
    return now.state in ("building", "failed") or (before is not None and before.state in ("building", "failed"))
