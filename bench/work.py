"""What a figure is: some work, done by us and by others in turn, and what its numbers must keep to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.place import Place

Values = Mapping[str, float]
"""What one doing of a work measured, by name."""

Side = Callable[[Place], Values]
"""Does the work once."""

OURS = "homeport"
"""The side whose values are judged."""


@dataclass(frozen=True)
class Row:
    """A line of the table: ``value`` of our side in ``unit``, and its ratio to the smallest median of the other sides.

    ``limit`` bounds the value, ``ratio`` bounds the ratio, ``more`` what the value is above that median; a row with none is
    there to be known. ``scale`` turns the measured value (seconds, bytes) into the unit.
    """

    text: str
    value: str = "seconds"
    unit: str = "ms"
    scale: float = 1000.0
    limit: float | None = None
    ratio: float | None = None
    more: float | None = None


@dataclass(frozen=True)
class Work:
    """Some work by name: its ``sides`` (ours is ``homeport``) and the ``rows`` that its values make."""

    name: str
    rows: tuple[Row, ...]
    sides: Mapping[str, Side] = field(default_factory=dict)
