"""Loopback ports that stand for somebody else: shared addresses of replicas, and ways to programs elsewhere."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from homeport.ports.callers import Caller


class Address(Protocol):
    """A listening shared port."""

    def point(self, targets: Sequence[int]) -> None:
        """Hand new connections to these loopback ports in turn; with none, connections wait for the next ``point``."""
        ...


class Fronts(Protocol):
    """Opens shared addresses."""

    def listen(
        self, ports: Mapping[str, int], host: str | None = None
    ) -> AbstractAsyncContextManager[Mapping[str, Address]]:
        """Listen on loopback ports (127.0.0.1 and ::1) by name, or on another address of this machine.

        Raises OutsideError when one is taken.
        """
        ...

    def accept(
        self, ports: Mapping[str, int], serve: Callable[[str, Caller], Awaitable[None]]
    ) -> AbstractAsyncContextManager[None]:
        """Listen on loopback ports (127.0.0.1 and ::1) and have every connection served, by the name of its port.

        A connection is closed when ``serve`` returns, and reset by a ConnectionError or at the end of the block. Raises
        OutsideError when a port is taken.
        """
        ...
