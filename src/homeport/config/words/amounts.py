"""How much of a processor or of memory a container asks for."""

from __future__ import annotations

import re
from typing import Final

from homeport.config.words import expect
from homeport.config.words.mistakes import note, wrong_type

Amount = str | int | float
"""How much of a processor or of memory: ``"250m"``, ``0.5``, ``"512Mi"``, or plain bytes."""
Amounts = Amount | tuple[Amount, Amount]
"""How much is asked for; or that, and how much may be used at most."""

_CPU: Final = re.compile(r"\d+m|\d+(\.\d+)?")
_MEMORY: Final = re.compile(r"\d+(Ki|Mi|Gi|Ti|k|M|G|T)?")


def emit_amounts(*, memory: object, cpu: object) -> dict[str, str]:
    """Return the data of ``memory=`` and ``cpu=``; empty when nothing is asked for."""
    return {**_amounts(cpu, "cpu"), **_amounts(memory, "memory")}


def _amounts(given: object, argument: str) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, tuple):
        return {argument: _amount(given, argument)}
    if len(given) != 2:
        note(f"{argument}= takes how much is asked for, or that and the most that may be used", argument=argument,
             hint=f'{argument}=("…", "…")')  # fmt: skip
        return {}
    return {argument: _amount(given[0], argument), f"{argument}_limit": _amount(given[1], argument)}


def _amount(given: object, argument: str) -> str:
    text = str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given
    if argument == "memory":
        return text if isinstance(text, str) and _MEMORY.fullmatch(text) else str(expect.size(given, argument))
    if not isinstance(text, str) or not _CPU.fullmatch(text):
        wrong_type(argument, 'processors or thousandths of one: 0.5, 2 or "250m"', given)
        return "0"
    return text
