"""Sizes as people write them: ``"512Mi"``, ``"5Gi"``, ``"1G"``, or plain bytes. Standard library alone."""

import re
from typing import Final

_UNITS: Final = {
    "": 1,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "ki": 2**10,
    "mi": 2**20,
    "gi": 2**30,
    "ti": 2**40,
}
_WHOLE: Final = re.compile(r"(\d+(?:\.\d+)?)([kmgt]i?)?b?", re.IGNORECASE)
EXPECTED: Final = 'bytes or a text such as "512Mi", "5Gi" or "1G"'


def byte_count(given: str | int) -> int:
    """Return ``given`` in bytes. Raises ValueError, with what was expected, for anything that is no size."""
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise ValueError(f"expected {EXPECTED}")
    if isinstance(given, int):
        if given < 0:
            raise ValueError(f"expected {EXPECTED}, not below zero")
        return given
    found = _WHOLE.fullmatch(given.replace(" ", ""))
    if not found:
        raise ValueError(f"expected {EXPECTED}")
    number, unit = found.groups(default="")
    return round(float(number) * _UNITS[unit.lower()])
