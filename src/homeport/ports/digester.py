"""Digesting files."""

from collections.abc import Callable, Sequence

from homeport.model.parts import Files

Digester = Callable[[Sequence[Files]], str]
"""Return the digest of all files that match (blocking; run it in a thread). Raises OutsideError for an unreadable one."""
