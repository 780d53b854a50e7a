"""Loopback ports that nobody else uses: declared ones for the primary instance, leased ones for all others."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from homeport.machine.ports.holders import holder_of, refusal_of
from homeport.machine.ports.leases import FORGOTTEN, QUARANTINE, Lease, LeaseFile
from homeport.machine.ports.locks import KernelLocks, Locks
from homeport.model.errors import OutsideError
from homeport.model.facts import Leased
from homeport.model.nodes import Service
from homeport.model.parts import Port

FIRST, LAST = 20000, 29999
"""Leased numbers: below what systems use for outgoing connections, above what programs are fond of."""


class _Refused(Exception):
    """A port cannot be had: a sentence and a hint."""


class _Slot(Struct, frozen=True):
    """A number to find: ``name`` tells it apart within its service; ``wanted`` is the first choice, if there is one."""

    name: str
    wanted: int | None = None
    fixed: bool = False


class DiskPortBook:
    """Leases ports to one ``instance``, together with all books that share ``folder``; see ``PortBook``.

    ``primary``: this instance gets the declared numbers when they are free. ``wall`` gives seconds since the epoch.
    ``refusal`` tells why a program could not listen on a number (None: it could), ``holder`` who listens there; ``locks``
    keep numbers from the houses that do not share ``folder``. Leases are alive until ``close`` or the end of the process.
    """

    def __init__(
        self,
        folder: Path,
        instance: str,
        *,
        primary: bool,
        wall: Callable[[], float],
        refusal: Callable[[int], str | None] = refusal_of,
        holder: Callable[[int], str | None] = holder_of,
        locks: Locks | None = None,
    ) -> None:
        self._file = LeaseFile(folder)
        self._home = os.fsencode(folder).hex()
        self._instance = instance
        self._primary = primary
        self._wall = wall
        self._refusal = refusal
        self._holder = holder
        self._locks = locks if locks is not None else KernelLocks()
        self._house: int | None = None
        self._mine: dict[tuple[str, str, str], int] = {}
        self._declared: dict[tuple[str, str, str], int] = {}

    def lease(self, service: Service, replicas: int, identity: str) -> Leased:
        """Lease every port of a service (blocking; run it in a thread). A service that listens nowhere gets none."""
        try:
            with self._file.changing() as leases:
                if self._house is None:
                    self._house = self._file.live(self._instance)
                return self._lease(leases, service, replicas, identity)
        except _Refused as error:
            what, hint = error.args
            return Leased(identity, error=what, hint=hint)
        except OutsideError as error:
            return Leased(identity, error=error.what, hint=error.hint)
        finally:
            self._locks.keep(self._mine.values())

    @contextmanager
    def together(self) -> Iterator[None]:
        """Do everything in the block under one lock, written once."""
        with self._file.changing():
            yield

    def keep_only(self, services: frozenset[str]) -> None:
        """Give back the ports of all services of this instance but these; each gets its own again, others not for a while."""
        with self._file.changing() as leases:
            self._give_back(leases, lambda lease: lease.service not in services)
        self._locks.keep(self._mine.values())

    def close(self) -> None:
        """Give everything back. May be called twice."""
        if self._house is None:
            return
        with self._file.changing() as leases:
            self._give_back(leases, lambda lease: True)
            os.close(self._house)
            self._house = None
        self._locks.keep(())

    def _lease(self, leases: list[Lease], service: Service, replicas: int, identity: str) -> Leased:
        self._bury(leases)
        chosen: list[Lease] = []
        shared = {port.name: self._find(leases, chosen, service, _shared(port, replicas)) for port in service.ports}
        own: list[dict[str, int]] = [shared] * max(replicas, 1)
        if replicas > 1:
            own = [
                {port.name: self._find(leases, chosen, service, _Slot(f"{port.name}/{at}")) for port in service.ports}
                for at in range(replicas)
            ]
        fresh = {lease.key for lease in chosen}
        self._give_back(leases, lambda lease: lease.service == service.name and lease.key not in fresh)
        leases[:] = [lease for lease in leases if lease.key not in fresh] + chosen
        self._mine.update({lease.key: lease.port for lease in chosen})
        self._declared.update({(self._instance, service.name, port.name): port.wanted for port in service.ports})
        return Leased(identity, shared=shared, own=tuple(own))

    def _bury(self, leases: list[Lease]) -> None:
        """Release what dead houses held, and forget what nobody has used for long."""
        now = self._wall()
        dead = {lease.instance for lease in leases if not lease.released} - {self._instance}
        dead = {instance for instance in dead if not self._file.is_live(instance)}
        kept = (lease for lease in leases if not (lease.released and lease.at < now - FORGOTTEN))
        leases[:] = [
            lease.given_back(now) if lease.instance in dead and not lease.released else lease for lease in kept
        ]

    def _find(self, leases: list[Lease], chosen: list[Lease], service: Service, slot: _Slot) -> int:
        """Choose the number of a slot and note it among the ``chosen``."""
        key = (self._instance, service.name, slot.name)
        others = [lease for lease in leases if lease.key != key and self._is_held(lease)]
        taken = {lease.port: lease.instance for lease in (*others, *chosen)}
        if slot.fixed:
            port = self._fixed(slot, service, taken, key)
        else:
            candidates = self._candidates(leases, key, slot)
            port = next((at for at in candidates if at not in taken and self._is_free(key, at)), 0)
            if not port:
                raise _Refused(
                    f'no free port between {FIRST} and {LAST} is left for "{service.name}"',
                    "see what runs with `homeport ps`, and end what is not needed",
                )
        chosen.append(Lease(port, *key, at=self._wall()))
        return port

    def _candidates(self, leases: list[Lease], key: tuple[str, str, str], slot: _Slot) -> Iterator[int]:
        """Yield numbers in the order of preference: the declared, the previous, then from a place that never changes.

        What this house holds comes before all, unless another number is declared now: somebody is spoken to there.
        """
        if key in self._mine and self._declared.get(key) == slot.wanted:
            yield self._mine[key]
        if self._primary and slot.wanted is not None:
            yield slot.wanted
        recent = self._wall() - QUARANTINE
        # The declared number is a person's word; of all others those are left alone that somebody may still have in mind.
        resting = {lease.port for lease in leases if lease.instance != self._instance and lease.at > recent}
        yield from (lease.port for lease in leases if lease.key == key and lease.port not in resting)
        resting |= {lease.port for lease in leases if lease.instance == self._instance}
        size = LAST - FIRST + 1
        # Each HOME begins elsewhere: an instance of the same name in another one would take the number while this is down.
        start = int.from_bytes(hashlib.blake2b("\0".join((self._home, *key)).encode(), digest_size=4).digest(), "big")
        yield from (at for step in range(size) if (at := FIRST + (start + step) % size) not in resting)

    def _fixed(self, slot: _Slot, service: Service, taken: dict[int, str], key: tuple[str, str, str]) -> int:
        port = slot.wanted or 0
        needs = f'"{service.name}" needs the fixed port {port}'
        change = f"change the port in {service.at}"
        if port in taken:
            ours = taken[port] == self._instance
            who = "another service of this stack" if ours else f'the instance "{taken[port]}"'
            raise _Refused(f"{needs}, which {who} has", f"end it first, or {change}")
        if self._is_free(key, port):
            return port
        why = self._refusal(port) or "taken"
        if why == "taken":
            who = self._holder(port) or self._locks.holder(port) or "a process of another user"
            raise _Refused(f"{needs}, which is held by {who}", f"end that program, or {change}")
        raise _Refused(f"{needs}: {why}", f"{change} to one from 1024 on")

    def _is_free(self, key: tuple[str, str, str], port: int) -> bool:
        """Whether a program of this slot may listen there; what this house leased already may be in use by itself.

        A free number is locked by being asked for; who does not keep it lets go of it when the lease is written.
        """
        return self._mine.get(key) == port or (self._refusal(port) is None and self._locks.take(port))

    def _is_held(self, lease: Lease) -> bool:
        """Whether a lease of another slot keeps its number from this one. An earlier run's of this instance does not."""
        return not lease.released and (lease.instance != self._instance or self._mine.get(lease.key) == lease.port)

    def _give_back(self, leases: list[Lease], which: Callable[[Lease], bool]) -> None:
        for at, lease in enumerate(leases):
            if lease.instance == self._instance and not lease.released and which(lease):
                leases[at] = lease.given_back(self._wall())
                self._mine.pop(lease.key, None)


def _shared(port: Port, replicas: int) -> _Slot:
    """Return the slot of a port's shared address (its only one without replicas)."""
    if port.fixed and replicas > 1:
        raise _Refused(
            f'the port "{port.name}" is fixed at {port.wanted}, so only one replica can listen on it',
            "remove fixed(), or ask for one replica",
        )
    return _Slot(port.name, port.wanted, port.fixed)
