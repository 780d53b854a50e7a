"""The moment of use: references become text."""

from collections.abc import Mapping
from dataclasses import dataclass

from homeport.model.errors import Bug
from homeport.model.parts import Command, Exec
from homeport.model.values import Ref, Value
from homeport.ports.memory import Memory
from homeport.ports.vault import Vault
from homeport.work.outside import Surroundings


@dataclass(frozen=True)
class Resolver:
    """Resolves the references of one service or task.

    ``values`` are the ones that the plan knows, by ``NODE.KEY``; ``own`` the ports of this replica by name.
    """

    name: str
    values: Mapping[str, str]
    own: Mapping[str, int]
    vault: Vault
    memory: Memory
    surroundings: Surroundings

    def text(self, value: Value) -> str:
        """Return the text of a value."""
        if isinstance(value, str):
            return value
        return "".join(part if isinstance(part, str) else self._ref(part) for part in value.parts)

    def argv(self, command: Command) -> tuple[str, ...]:
        """Return the arguments that start a command."""
        if isinstance(command, Exec):
            return tuple(self.text(part) for part in command.argv)
        return ("/bin/sh", "-c", self.text(command.text))

    def _ref(self, ref: Ref) -> str:
        known = self.values.get(f"{ref.node}.{ref.key}")
        if known is not None:
            return known
        kind, _, name = ref.key.partition(":")
        if ref.node in ("", self.name):
            return self._own(ref, kind, name)
        return self._other(ref, kind, name)

    def _other(self, ref: Ref, kind: str, name: str) -> str:
        """Return what a reference to another node is that no plan may hold."""
        if kind == "data":
            return self.memory.data_folder(ref.node)
        if kind in ("value", "path"):
            return self.vault.value(ref.node, ref.key)
        raise Bug(f"reference {ref.node}.{ref.key} of {self.name} has no value at the moment of use")

    def _own(self, ref: Ref, kind: str, name: str) -> str:
        match kind:
            case "host":
                return "127.0.0.1"
            case "port" if name in self.own:
                return str(self.own[name])
            case "data":
                return self.memory.data_folder(self.name)
            case "runtime":
                return self.memory.runtime_folder(self.name)
            case "homeport":
                return self.surroundings.python
            case "launcher" if name in self.surroundings.launchers:
                return self.surroundings.launchers[name]
            case _:
                raise Bug(f"reference {ref.key!r} of {self.name} to itself has no value")
