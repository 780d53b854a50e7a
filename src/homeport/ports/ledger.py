"""Noting what runs where it outlives us, so that a later house finds what this one could not end."""

from typing import Protocol

from homeport.ports.containers import Promise


class Ledger(Protocol):
    """Knows which processes and containers one house has started and not yet seen the end of.

    Never raises: a start must not fail for it.
    """

    def guarded(self, pid: int) -> None:
        """Note the guardian, which ends everything by itself while it lives."""
        ...

    def began(self, pid: int, stop: int) -> None:
        """Note a started command and the number of the signal that asks it to end."""
        ...

    def ended(self, pid: int) -> None:
        """Note that nothing is left of a command."""
        ...

    def all_ended(self) -> None:
        """Note that no process is left of anything."""
        ...

    def promised(self, promise: Promise) -> None:
        """Note a container that is to be removed; another note of the same name replaces it."""
        ...

    def released(self, name: str) -> None:
        """Note that a container is removed, or never came to be."""
        ...


class NoLedger:
    """Notes nothing: for runs that nobody could come back to."""

    def guarded(self, pid: int) -> None:
        """Note nothing."""

    def began(self, pid: int, stop: int) -> None:
        """Note nothing."""

    def ended(self, pid: int) -> None:
        """Note nothing."""

    def all_ended(self) -> None:
        """Note nothing."""

    def promised(self, promise: Promise) -> None:
        """Note nothing."""

    def released(self, name: str) -> None:
        """Note nothing."""
