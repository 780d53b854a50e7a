"""Checks of plain arguments: each notes a mistake and returns something harmless to go on with."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from homeport.config.words.mistakes import note, wrong_type
from homeport.config.words.values import need_plain
from homeport.kit import durations, sizes

Duration = str | float
"""``"30s"``, ``"250ms"``, ``"1m30s"``, or plain seconds."""
Size = str | int
"""``"512Mi"``, ``"5Gi"``, or plain bytes."""


def duration(given: object, argument: str, *, positive: bool = False) -> float:
    """Return a length in seconds."""
    plain = need_plain(given, argument) if isinstance(given, str) else given
    try:
        length = durations.seconds(plain)  # type: ignore[arg-type]
    except ValueError:
        wrong_type(argument, f"a duration: {durations.EXPECTED}", given)
        return 1.0
    if positive and length <= 0:
        note(f"{argument}= must be longer than 0 s", argument=argument)
        return 1.0
    return length


def size(given: object, argument: str, *, positive: bool = False) -> int:
    """Return a number of bytes."""
    plain = need_plain(given, argument) if isinstance(given, str) else given
    try:
        found = sizes.byte_count(plain)  # type: ignore[arg-type]
    except ValueError:
        wrong_type(argument, f"a size: {sizes.EXPECTED}", given)
        return 0
    if positive and not found:
        note(f"{argument}= must be more than 0 bytes", argument=argument, hint=f'{argument}="1Gi"')
    return found


def whole(given: object, argument: str, least: int, most: int | None = None) -> int:
    """Return a whole number within bounds."""
    bounds = f"from {least} to {most}" if most is not None else f"of {least} or more"
    if isinstance(given, bool) or not isinstance(given, int):
        wrong_type(argument, f"a number {bounds}", given)
        return least
    if given < least or (most is not None and given > most):
        note(f"{argument}= takes a number {bounds}, not {given}", argument=argument)
        return least
    return given


def flag(given: object, argument: str) -> bool:
    """Return a truth value that was given as one."""
    if not isinstance(given, bool):
        wrong_type(argument, "True or False", given)
        return False
    return given


def items(given: object, argument: str, of: str, single: tuple[type, ...] = (str,)) -> list[Any]:
    """Return the members of a list; a single member may stand without brackets."""
    if given is None:
        return []
    if isinstance(given, single):
        return [given]
    if isinstance(given, Mapping) or not isinstance(given, Sequence):
        wrong_type(argument, f"a list of {of}", given)
        return []
    return list(given)


def texts(given: object, argument: str, of: str) -> list[str]:
    """Return the texts of a list (or a single one)."""
    return [need_plain(each, argument, of) for each in items(given, argument, of)]


def one_of(given: object, argument: str, choices: Sequence[str]) -> str:
    """Return one of the choices."""
    if not isinstance(given, str) or given not in choices:
        wrong_type(argument, "one of " + ", ".join(f'"{each}"' for each in choices), given)
        return choices[0]
    return given


def path(given: object, argument: str) -> str:
    """Return a path as text; a folder that always is there where none was given."""
    if isinstance(given, str | os.PathLike):
        return need_plain(os.fspath(given), argument, "a path") or "."
    wrong_type(argument, "a path", given)
    return "."
