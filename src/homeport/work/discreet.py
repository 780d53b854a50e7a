"""The one place where secrets are taken out of what workers report: everybody whom they ask may quote what he was given."""

from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.kit.masking import Mask
from homeport.model.facts import Fact, Key
from homeport.model.graph import Graph
from homeport.ports.report import Report

SAID: Final = frozenset(
    {
        *("error", "hint", "missing", "reason", "failure", "detail", "down"),
        *("what", "note", "shown", "ended", "progress", "lost", "tail", "lines"),
    }
)
"""The fields of facts that hold sentences. All others are compared or looked up to the letter, whatever they are like."""


class Discreet:
    """Passes facts on, with every form of every secret masked in their sentences."""

    def __init__(self, report: Report, mask: Mask) -> None:
        self._report = report
        self._mask = mask

    def put(self, key: Key, fact: Fact) -> None:
        """Pass a fact on."""
        self._report.put(key, self._masked(fact))

    def declare(self, graph: Graph) -> None:
        """Pass another graph on."""
        self._report.declare(graph)

    def _masked(self, fact: Any) -> Any:
        """Return a fact, or a part of one, without secrets; the same one where there are none."""
        changed = {}
        for name in fact.__struct_fields__:
            value = getattr(fact, name)
            masked = self._words(value) if name in SAID else self._parts(value)
            if masked is not value:
                changed[name] = masked
        return replace(fact, **changed) if changed else fact

    def _words(self, value: Any) -> Any:
        if isinstance(value, str):
            masked = self._mask.text(value) if value else value
            return value if masked == value else masked
        if isinstance(value, tuple):
            words = tuple(map(self._words, value))
            return value if words == value else words
        return self._parts(value)

    def _parts(self, value: Any) -> Any:
        if isinstance(value, Struct):
            return self._masked(value)
        if isinstance(value, tuple) and value and isinstance(value[0], Struct):
            parts = tuple(map(self._masked, value))
            return value if parts == value else parts
        if isinstance(value, dict) and any(isinstance(each, Struct) for each in value.values()):
            parts_of = {key: self._parts(each) for key, each in value.items()}
            return value if parts_of == value else parts_of
        return value
