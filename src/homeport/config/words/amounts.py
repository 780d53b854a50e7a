"""How much of a processor or of memory a container asks for."""

from __future__ import annotations

import re
from typing import Final

from homeport.config.words import expect
from homeport.config.words.mistakes import note, spell, wrong_type
from homeport.kit.quantities import amount

Amount = str | int | float
"""How much of a processor or of memory: ``"250m"``, ``0.5``, ``"512Mi"``, or plain bytes."""
Amounts = Amount | tuple[Amount, Amount]
"""How much is asked for; or that, and how much may be used at most."""

_CPU: Final = re.compile(r"\d+m|\d+(\.\d+)?")
_MEMORY: Final = re.compile(r"\d+(Ki|Mi|Gi|Ti|k|M|G|T)?")
_LEAST: Final = {"cpu": 0.001, "memory": 2.0**20}
"""What no container gets by with less of: Kubernetes counts thousandths of a processor, and no program fits into less."""


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
    asked, most = (_amount(each, argument) for each in given)
    if amount(asked or "0") > amount(most or "0") >= _LEAST[argument]:
        note(f"{argument}= asks for {given[0]}, and lets no more than {given[1]} be used", argument=argument,
             hint=f"the first is what it surely gets, the second the most: {argument}=({_code(given[1])}, "
             f"{_code(given[0])})")  # fmt: skip
    return {argument: asked, f"{argument}_limit": most}


def _amount(given: object, argument: str) -> str:
    text = _text(given, argument)
    if text and amount(text) < _LEAST[argument]:
        said = {"memory": ("less than 1Mi", 'bytes are meant without a unit: "512Mi"'),
                "cpu": ("less than a thousandth of a processor", 'such as "250m" or 0.5')}  # fmt: skip
        what, hint = said[argument]
        note(f"{argument}= takes what a program can live on, and {spell(given)} is {what}", argument=argument,
             literal=given, hint=hint)  # fmt: skip
    return text


def _text(given: object, argument: str) -> str:
    """Return an amount as Kubernetes writes it; empty for what is none, which is noted."""
    text = str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given
    if argument == "memory":
        if isinstance(text, str) and _MEMORY.fullmatch(text):
            return text
        size = expect.size(given, argument)
        return str(size) if size else ""
    if not isinstance(text, str) or not _CPU.fullmatch(text):
        wrong_type(argument, 'processors or thousandths of one: 0.5, 2 or "250m"', given)
        return ""
    return text


def _code(given: object) -> str:
    return f'"{given}"' if isinstance(given, str) else str(given)
