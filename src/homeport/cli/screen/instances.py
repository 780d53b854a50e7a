"""The table of ``ps``."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from homeport.cli.screen.columns import GAP, natural, row, shrink
from homeport.cli.screen.paint import Paint
from homeport.cli.screen.text import ago, shown


class Neighbour(Struct, frozen=True):
    """An instance. ``age`` in seconds, 0 without a house; ``memory`` in bytes, of the house and of everything it started.

    ``left`` are the processes that live on although the house was killed; ``clusters`` is what there is on each cluster.
    """

    name: str
    stack: str
    file: str
    running: bool
    state: str
    pid: int = 0
    age: float = 0.0
    memory: int = 0
    addresses: tuple[str, ...] = ()
    left: tuple[int, ...] = ()
    clusters: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


_HEADS = ("NAME", "STATE", "AGE", "MEMORY", "ADDRESS", "FILE")
_FIRST_TO_GO = (5, 4, 3, 2)
_GIVE_WAY = ((1, 12), (0, 6))
"""Columns that never go on a narrow terminal, with the width down to which they are cut: the state first, for names are typed."""


def table(instances: Sequence[Neighbour], width: int | None, paint: Paint) -> list[str]:
    """Return a row for each instance."""
    if not instances:
        return ["nothing runs on this machine"]
    rows = [_cells(one) for one in instances]
    widths = _narrowed(natural([_HEADS, *rows]), width)
    lines = [paint("dim", row(_HEADS, widths, [None] * 6, paint))]
    for one, cells in zip(instances, rows, strict=True):
        colour = (
            "red" if one.left else _resting(one) if not one.running else "green" if one.state == "ready" else "yellow"
        )
        lines.append(row(cells, widths, [None, colour, None, None, "cyan", None], paint))
    if any(one.left for one in instances):
        lines += ["", "`homeport doctor --fix` ends what killed houses left; so does their next `homeport up`"]
    return lines


def _resting(one: Neighbour) -> str:
    return "yellow" if one.clusters else "dim"


def _narrowed(natural: list[int], room: int | None) -> list[int]:
    widths = shrink(natural, room, _FIRST_TO_GO)
    if room is None:
        return widths
    for column, least in _GIVE_WAY:
        over = sum(widths) + len(GAP) * (sum(width > 0 for width in widths) - 1) - room
        widths[column] -= max(0, min(over, widths[column] - least))
    return widths


def _cells(one: Neighbour) -> tuple[str, ...]:
    age = ago(one.age) if one.running and one.age else ""
    memory = f"{one.memory / 1e6:.0f} MB" if one.memory else ""
    return one.name, one.state, age, memory, " ".join(one.addresses[:2]), shown(one.file)
