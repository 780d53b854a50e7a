"""Shared addresses of replicas."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Address(Protocol):
    """A listening shared port."""

    def point(self, targets: Sequence[int]) -> None:
        """Hand new connections to these loopback ports in turn; with none, connections wait for the next ``point``."""
        ...


class Fronts(Protocol):
    """Opens shared addresses."""

    def listen(self, ports: Mapping[str, int]) -> AbstractAsyncContextManager[Mapping[str, Address]]:
        """Listen on loopback ports (127.0.0.1 and ::1) by name. Raises OutsideError when one is taken."""
        ...
