"""Loopback ports that nobody else uses."""

from contextlib import AbstractContextManager
from typing import Protocol

from homeport.model.facts import Leased
from homeport.model.nodes import Service


class PortBook(Protocol):
    """Leases ports to one instance, under a lock shared with all others of this user."""

    def lease(self, service: Service, replicas: int, identity: str) -> Leased:
        """Lease every port of a service: shared ones, and each replica's own (blocking; run it in a thread).

        The first instance of a stack gets the wanted number when it is free; a fixed one that is taken is an error that
        names the holder. The same service gets the same numbers again where possible: while they are leased, even when the
        wanted one becomes free.
        """
        ...

    def together(self) -> AbstractContextManager[None]:
        """Do everything in the block under one lock, written once. Raises OutsideError when leases cannot be kept here."""
        ...

    def keep_only(self, services: frozenset[str]) -> None:
        """Give back the ports of all services of this instance but these."""
        ...
