"""A vault whose values are given beforehand."""

import hashlib
from collections.abc import Iterable, Mapping

from homeport.model.errors import OutsideError
from homeport.model.facts import Known
from homeport.model.hiding import Hiding
from homeport.model.nodes import EnvFile, Secret
from homeport.ports.vault import Hidden


class FakeVault:
    """Has ``values`` by node and name; a node without any is an error. Everything of eight characters is masked."""

    def __init__(self, values: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.values = {node: dict(found) for node, found in (values or {}).items()}
        self._loaded: dict[str, dict[str, str]] = {}
        self._besides: tuple[Hiding, ...] = ()

    def load(self, node: Secret | EnvFile, identity: str) -> Known:
        """Take over the given values of a node and tell their digests, or that there are none."""
        if node.name not in self.values:
            if isinstance(node, EnvFile) and node.optional:
                self._loaded[node.name] = {}
                return Known(identity)
            return Known(identity, error=f'there are no values for "{node.name}"', hint="give them to the fake")
        found = self._loaded[node.name] = dict(self.values[node.name])
        digests = {name: hashlib.blake2b(value.encode(), digest_size=16).hexdigest() for name, value in found.items()}
        paths = {name: self._path(node.name, name) for name in found} if isinstance(node, Secret) else {}
        return Known(identity, digests=digests, paths=paths)

    def value(self, node: str, key: str) -> str:
        """Return a loaded value, or the name of the file that would hold it."""
        kind, _, name = key.partition(":")
        name = name or "value"
        if name not in self._loaded.get(node, {}):
            raise OutsideError(f'"{node}" has no value "{name}" (yet)')
        return self._path(node, name) if kind == "path" else self._loaded[node][name]

    def all_of(self, node: str) -> dict[str, str]:
        """Return every loaded value of a node by name."""
        return dict(self._loaded.get(node, {}))

    def secrets(self) -> frozenset[str]:
        """Return every loaded value of eight characters or more."""
        loaded = [value for found in self._loaded.values() for value in found.values()]
        return frozenset(value for value in (*loaded, *(one.value for one in self._besides)) if len(value) >= 8)

    def hide(self, found: Iterable[Hiding]) -> None:
        """Mask these as well."""
        self._besides = tuple(found)

    def hidden(self) -> list[Hidden]:
        """Return what was told by ``hide``: loaded values are given for tests and known to all."""
        return [Hidden(one.node, one.name, one.why, len(one.value) < 8) for one in self._besides]

    def _path(self, node: str, name: str) -> str:
        return f"/vault/{node}/{name}"
