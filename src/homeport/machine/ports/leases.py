"""Port leases of all instances, in one file under one lock.

A lease is alive while its house lives: each house locks a file of its own, and the kernel unlocks it however the house ends.
A released or orphaned lease stays in the file: its own instance gets the number again, others not before ``QUARANTINE``.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from homeport.kit.filenames import file_name, name_in
from homeport.machine.files import hold, is_held, locked, private_folder, read_json, write_whole

QUARANTINE = 120.0
"""Seconds for which a number that was given back is kept from other instances: browsers and clients may still use it."""

FORGOTTEN = 30 * 86400.0
"""Seconds after which a number that nobody used is forgotten."""


class Lease(Struct, frozen=True, omit_defaults=True):
    """One leased port. ``slot`` is ``NAME`` for a shared port and ``NAME/REPLICA`` for a replica's own.

    ``at``: when it was leased or, if ``released``, given back (seconds since the epoch).
    """

    port: int
    instance: str
    service: str
    slot: str
    at: float
    released: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Which place it serves: one at a time."""
        return (self.instance, self.service, self.slot)

    def given_back(self, now: float) -> "Lease":
        """Return the lease as it is once released."""
        return Lease(self.port, *self.key, at=now, released=True)


class LeaseFile:
    """The leases of one user on this machine, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "leases.json"
        self._open: list[Lease] | None = None

    @contextlib.contextmanager
    def changing(self) -> Iterator[list[Lease]]:
        """Give the leases to change in place; they are written when the block ends without an error.

        A block inside another one takes part in it: one lock and one write for all. For one thread at a time.
        """
        if self._open is not None:
            yield self._open
            return
        with locked(self._folder / "leases.lock"):
            before, _ = read_json(self._file, list[Lease], [])
            self._open = list(before)
            try:
                yield self._open
                if self._open != before:
                    write_whole(self._file, msgspec.json.encode(self._open))
            finally:
                self._open = None

    def read(self) -> list[Lease]:
        """Return the leases as they are."""
        return read_json(self._file, list[Lease], [])[0]

    def live(self, instance: str) -> int | None:
        """Mark an instance's house as living, until the returned descriptor is closed; None when it is marked already."""
        private_folder(self._folder)
        return hold(self._house(instance), wait=False)

    def is_live(self, instance: str) -> bool:
        """Whether the house of an instance lives. Only to be asked while the leases are being changed."""
        return is_held(self._house(instance))

    def counted(self) -> dict[str, int]:
        """Return how many numbers are kept for each instance."""
        return dict(Counter(lease.instance for lease in self.read()))

    def housed(self) -> set[str]:
        """Return the instances that ever marked a house as living."""
        return {name_in(path.stem) for path in self._folder.glob("*.house")}

    def forget(self, instance: str) -> None:
        """Forget every number of an instance that was removed."""
        with self.changing() as leases:
            leases[:] = [lease for lease in leases if lease.instance != instance]
            self._house(instance).unlink(missing_ok=True)

    def _house(self, instance: str) -> Path:
        return self._folder / f"{file_name(instance)}.house"
