"""What a drill is: a promise, some trouble that is made on purpose, and figures that show whether the promise held."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drills.stage import Stage

Values = Mapping[str, float]
"""What one round measured, by name."""


class Broken(Exception):
    """The promise was broken: what was seen, in a sentence."""


def insist(kept: bool, what: str) -> None:
    """Raise Broken with ``what`` unless the promise was kept."""
    if not kept:
        raise Broken(what)


@dataclass(frozen=True)
class Figure:
    """A column of a drill's line: the measured ``value`` in ``unit``, never over ``limit`` in any round."""

    text: str
    value: str
    unit: str = "s"
    limit: float | None = None


@dataclass(frozen=True)
class Drill:
    """One promise under one kind of trouble.

    ``act`` makes the trouble once on a stage of its own and returns what it measured, or raises Broken. ``rounds`` is how
    often a whole run does it, ``short`` how often CI does (0: never). ``needs`` says in a few words why this machine
    cannot do it, or None; a machine that must be able to do everything counts that as a failure.
    """

    name: str
    promise: str
    act: Callable[[Stage], Values]
    figures: tuple[Figure, ...] = ()
    rounds: int = 5
    short: int = 1
    needs: Callable[[], str | None] = lambda: None
