"""Valkey."""

from typing import ClassVar

from homeport.components.redis import Redis


class Valkey(Redis):
    """A Valkey server; where there is none, Redis may stand in for it, and ``status`` says so."""

    __slots__ = ()
    product: ClassVar[str] = "valkey"
    _image: ClassVar[tuple[str, str]] = ("valkey/valkey", "8")
