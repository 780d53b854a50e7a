"""Secret values and settings, at the moment of use and nowhere else."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from homeport.model.facts import Known
from homeport.model.hiding import Hiding
from homeport.model.nodes import EnvFile, Secret


class Hidden(Struct, frozen=True):
    """What is treated as secret and why, for ``doctor``; never the value. ``weak``: too short or common to be masked."""

    node: str
    name: str
    why: str
    weak: bool = False


class Vault(Protocol):
    """Knows the values of secrets and ``.env`` files of one instance."""

    def load(self, node: Secret | EnvFile, identity: str) -> Known:
        """Read, find or make all values of a node (blocking; run it in a thread) and tell their digests, or the error."""
        ...

    def value(self, node: str, key: str) -> str:
        """Return a loaded value. ``key`` is ``value:NAME`` or ``path:NAME`` (a 0600 file that holds it)."""
        ...

    def all_of(self, node: str) -> dict[str, str]:
        """Return every loaded value of a ``.env`` file or secret by name."""
        ...

    def secrets(self) -> frozenset[str]:
        """Return every loaded value that must be masked (long and uncommon enough)."""
        ...

    def hide(self, found: Iterable[Hiding]) -> None:
        """Mask these as well, instead of those of the last call: options, literals, variables of the shell."""
        ...

    def hidden(self) -> Sequence[Hidden]:
        """Return what is treated as secret, weak values included, as far as it is loaded."""
        ...
