"""Durations as people write them: ``"30s"``, ``"1m30s"``, ``"250ms"``, or plain seconds. Standard library alone."""

import re
from typing import Final

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_WHOLE: Final = re.compile(rf"(?:{_PART.pattern})+")
EXPECTED: Final = 'seconds or a text such as "30s", "250ms" or "1m30s"'


def seconds(given: str | float) -> float:
    """Return ``given`` in seconds. Raises ValueError, with what was expected, for anything that is no duration."""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise ValueError(f"expected {EXPECTED}")
    if not isinstance(given, str):
        if not 0 <= given < float("inf"):
            raise ValueError(f"expected {EXPECTED}, not below zero")
        return float(given)
    text = given.replace(" ", "")
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"expected {EXPECTED}")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def spell(length: float) -> str:
    """Return a length in seconds as a person would write it: ``"250ms"``, ``"2s"``, ``"1m30s"``, ``"2h"``."""
    if length < 1:
        return f"{round(length * 1000)}ms"
    if length < 60:
        return f"{round(length, 1):g}s"
    minutes, rest = divmod(round(length), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)
