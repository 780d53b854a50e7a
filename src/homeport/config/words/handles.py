"""What a declaring word returns: something that others can need, and ask for references."""

from __future__ import annotations


class Handle:
    """Something that was declared and has a name."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """The name that it was declared with."""
        return self._name

    def __repr__(self) -> str:
        return f'{type(self).__name__}("{self._name}")'
