"""Values that may hold references: kept structured until the moment of use."""

from collections.abc import Iterator

from msgspec import Struct


class Ref(Struct, frozen=True, tag="ref", tag_field="kind", omit_defaults=True):
    """A value of another node that is not known yet, such as a port, a data folder or a secret.

    ``key`` says which value of the node: ``host``, ``port:NAME``, ``data``, ``program:NAME``, ``value``, ``path:NAME`` …
    (the table is in ``docs/reference/references.md``). A ``soft`` reference gives the value without creating a need.
    ``node`` is ``""`` where a definition speaks of itself.
    """

    node: str
    key: str
    soft: bool = False


class Text(Struct, frozen=True, tag="text", tag_field="kind"):
    """Literal text and references, in the order in which they are put together."""

    parts: tuple[str | Ref, ...]


Value = str | Text


def refs_of(value: Value) -> Iterator[Ref]:
    """Yield the references inside a value, from left to right."""
    if isinstance(value, Text):
        for part in value.parts:
            if isinstance(part, Ref):
                yield part
