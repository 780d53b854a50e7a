"""A frame as a table of names, states, details and addresses."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from homeport.cli.screen.columns import GAP, natural, row
from homeport.cli.screen.paint import STATES, Paint
from homeport.cli.screen.text import ago, clean, cut
from homeport.model.running import RUNNING

if TYPE_CHECKING:  # the real types need msgspec, whose import costs more than a whole `status` may
    from homeport.model.view import Frame, NodeView

_SHOWN = 3
_WIDE = 120
"""Columns from which on there is room for more than one address."""
_LAST_LINES = 8
_RETRIED = ("restarting", "failed", "waiting")
_QUIET = ("ready", "completed", "stopped", "disabled")


def status(frame: "Frame", now: float, width: int | None, paint: Paint) -> list[str]:
    """Return the whole picture: a title, the table, the last lines of what failed, and what else is to be said."""
    lines = [*_title(frame, paint), *table(frame.nodes, now, width, paint), *troubles(frame.nodes, width, paint)]
    if frame.file_error:
        lines += [
            "",
            paint("red", "The stack file is broken; what runs goes on as it was:"),
            *_indented(frame.file_error),
        ]
    lines += [cut(f"note: {notice}", width or len(notice) + 6) for notice in frame.notices]
    return lines


def table(nodes: "Iterable[NodeView]", now: float, width: int | None, paint: Paint) -> list[str]:
    """Return the table of the nodes that are worth a row; ``width`` None sets no limit."""
    most = _SHOWN if width is None or width >= _WIDE else 1
    rows = [
        (node, (node.name, state_of(node), detail_of(node, now), address_of(node, most)))
        for node in nodes
        if _shown(node)
    ]
    if not rows:
        return [paint("dim", "(nothing to show)")]
    heads = ("NAME", "STATE", "DETAIL", "ADDRESS")
    widths = _widths([heads, *(cells for _, cells in rows)], width)
    lines = [paint("dim", row(heads, widths, [None] * 4, paint))]
    lines += [row(cells, widths, [None, STATES[node.state], None, "cyan"], paint) for node, cells in rows]
    return lines


def troubles(nodes: "Iterable[NodeView]", width: int | None, paint: Paint) -> list[str]:
    """Return the last lines of every node that has some to show."""
    lines: list[str] = []
    for node in nodes:
        if node.tail and node.state not in _QUIET:
            lines += ["", paint("bold", f"{node.name}, last lines:")]
            last = [clean(line, colour=False) for line in node.tail[-_LAST_LINES:]]
            lines += [f"  {cut(line, width - 2) if width else line}" for line in last]
    return lines


def state_of(node: "NodeView") -> str:
    """Return the state in a word, with the replicas when there are several."""
    if node.wanted_replicas > 1 and node.state != "disabled":
        return f"{node.state} {node.ready_replicas}/{node.wanted_replicas}"
    return node.state


def detail_of(node: "NodeView", now: float) -> str:
    """Return the sentence beside the state: what it waits for, how it ended, or since when it runs."""
    again = f"again in {max(round(node.retry_at - now), 0)} s" if node.retry_at and node.state in _RETRIED else ""
    parts = [node.detail, again, node.stale, node.note]
    if not node.detail and node.state == "ready" and (node.ready_since or node.since):
        parts.insert(0, f"for {ago(now - (node.ready_since or node.since))}")
    if node.restarts and node.state in ("ready", "unready", "starting"):
        parts.append(f"{node.restarts} restart{'s' * (node.restarts != 1)}")
    if node.manual and node.state == "stopped" and not node.detail:
        parts.insert(0, "runs when triggered")
    if node.place and node.state not in ("stopped", "disabled"):
        parts.insert(0, f"on {node.place}")
    return ", ".join(part for part in parts if part)


def address_of(node: "NodeView", most: int = _SHOWN) -> str:
    """Return where to reach a node: its links, else its ports."""
    found = list(node.links.values()) or [f"127.0.0.1:{port}" for port in node.ports.values()]
    return " ".join(found[:most]) + (" …" if len(found) > most else "")


def _shown(node: "NodeView") -> bool:
    # Tools, secrets and settings are worth a row only while they hold something up.
    return node.type in RUNNING or node.state not in _QUIET


def _title(frame: "Frame", paint: Paint) -> list[str]:
    shown = [node for node in frame.nodes if node.type in RUNNING and node.state not in ("stopped", "disabled")]
    fine = sum(node.state in ("ready", "completed") for node in shown)
    said = f"{fine} of {len(shown)} fine" if shown else ""
    if frame.closing:
        said = "closing"
    elif frame.paused:
        said += ", paused"
    return [f"{paint('bold', frame.instance)}  {said}".rstrip()]


def _widths(rows: Sequence[Sequence[str]], width: int | None) -> list[int]:
    """Share the width: names and states whole, then details, then addresses; a column without room is left out."""
    whole = natural(rows)
    if all(not cells[3] for cells in rows[1:]):
        whole[3] = 0
    if width is None:
        return whole
    whole[0] = min(whole[0], max(width // 4, 10))
    room = width - whole[0] - whole[1] - 2 * len(GAP)
    if whole[3] and room - len(GAP) - whole[3] >= min(whole[2], 16):
        return [whole[0], whole[1], min(whole[2], room - len(GAP) - whole[3]), whole[3]]
    return [whole[0], whole[1], min(whole[2], max(room, 0)), 0]


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
