"""A port book that knows no machine: what is taken is said beforehand."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from homeport.model.facts import Leased
from homeport.model.nodes import Service


class FakePortBook:
    """Leases the wanted numbers unless ``taken`` (number to holder) or leased already; else numbers from 20000 on."""

    def __init__(self, taken: Mapping[int, str] | None = None, *, primary: bool = True) -> None:
        self.taken = taken if taken is not None else {}
        self._primary = primary
        self._kept: dict[tuple[str, str], int] = {}
        self._held: set[tuple[str, str]] = set()
        self._wanted: dict[tuple[str, str], int | None] = {}

    def lease(self, service: Service, replicas: int, identity: str) -> Leased:
        """Lease every port of a service."""
        shared: dict[str, int] = {}
        for port in service.ports:
            if port.fixed and replicas > 1:
                return Leased(identity, error=f'the port "{port.name}" is fixed, so only one replica can listen on it')
            if port.fixed and not self._is_free((service.name, port.name), port.wanted):
                holder = self.taken.get(port.wanted, "another service of this stack")
                return Leased(
                    identity,
                    error=f'"{service.name}" needs the fixed port {port.wanted}, which is held by {holder}',
                    hint="end that program, or change the port",
                )
            wanted = port.wanted if self._primary or port.fixed else None
            shared[port.name] = self._number((service.name, port.name), wanted)
        if replicas <= 1:
            return Leased(identity, shared=shared, own=(shared,))
        own = tuple(
            {name: self._number((service.name, f"{name}/{at}"), None) for name in shared} for at in range(replicas)
        )
        return Leased(identity, shared=shared, own=own)

    def together(self) -> AbstractContextManager[None]:
        """Change nothing: there is no lock."""
        return nullcontext()

    def keep_only(self, services: frozenset[str]) -> None:
        """Give back the ports of all services but these."""
        self._held = {key for key in self._held if key[0] in services}

    def _number(self, key: tuple[str, str], wanted: int | None) -> int:
        first = [wanted, self._kept.get(key)]
        if key in self._held and self._wanted.get(key) == wanted:
            first.reverse()
        candidates: list[int | None] = [*first, *range(20000, 30000)]
        reserved = {port for other, port in self._kept.items() if other != key and other not in self._held}
        number = next(
            at for at in candidates if at and self._is_free(key, at) and (at not in reserved or at in candidates[:2])
        )
        self._kept[key] = number
        self._held.add(key)
        self._wanted[key] = wanted
        return number

    def _is_free(self, key: tuple[str, str], port: int) -> bool:
        held = {self._kept[other] for other in self._held if other != key}
        return port not in self.taken and port not in held
