"""Quantities as Kubernetes writes them: ``250m`` of a processor, ``512Mi`` of memory."""

import re
from typing import Final

_SUFFIXES: Final = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50,
}  # fmt: skip
_WHOLE: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|([KMGTP]i|[numkMGTP])?)")


def amount(quantity: str) -> float:
    """Return a quantity in its unit (processors, bytes). Raises ValueError for anything that is none."""
    found = _WHOLE.fullmatch(quantity.strip())
    if found is None:
        raise ValueError(f'"{quantity}" is no quantity; expected a number with a suffix such as 250m or 512Mi')
    number, exponent, suffix = found.groups(default="")
    return float(number + exponent) * _SUFFIXES[suffix]
