"""What the values of a service are in a pod, as far as they may be known."""

import re
from copy import copy
from typing import Final

from msgspec import Struct

from homeport.kit.secrecy import passwords_in, why_secret
from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.nodes import EnvFile, Option, Runnable, Secret, Service, Tool
from homeport.model.parts import Command, Exec, Port
from homeport.model.values import Ref, Text, Value
from homeport.render.site import Site

SECRETS: Final = "/run/secrets"
"""Where the files of secrets are in a pod."""

_DOLLARS = re.compile(r"\$+(?=\()|\$\$+")


class Spelled(Struct, frozen=True):
    """A value in a pod: its ``text`` (None: not known), whether it is ``secret``, and of which Secret it is exactly a value."""

    text: str | None
    secret: bool = False
    of: tuple[str, str] | None = None


class Speaker:
    """Spells the values of one service or task.

    ``secrets`` are the entries of secrets that it was heard to use, ``paths`` those it reads as files; ``files`` are
    settings that it reads as files.
    """

    def __init__(self, graph: Graph, site: Site, node: Runnable) -> None:
        self._graph = graph
        self._site = site
        self._node = node
        self._ports: tuple[Port, ...] = node.ports if isinstance(node, Service) else ()
        self.secrets: dict[tuple[str, str], None] = {}
        self.paths: dict[tuple[str, str], None] = {}
        self.files: dict[str, Value] = {}

    def beside(self, ports: tuple[Port, ...]) -> "Speaker":
        """Return who speaks for another container of the same pod, which has ports of its own.

        Both hear of the same secrets, and each of the files that it reads itself.
        """
        other = copy(self)
        other._ports = (*ports, *self._ports)
        other.paths, other.files = {}, {}
        return other

    def port(self, name: str) -> int:
        """Return the number of one of its own ports; no name means the first."""
        return port_number(self._node.name, self._ports, name)

    def spell(self, value: Value, name: str = "") -> Spelled:
        """Return a value; ``name`` is what it is called, which may tell that it is secret."""
        if isinstance(value, str):
            return Spelled(value, bool(value) and why_secret(name, value) is not None)
        parts = [Spelled(part, bool(passwords_in(part))) if isinstance(part, str) else self._ref(part)
                 for part in value.parts]  # fmt: skip
        if len(parts) == 1 and parts[0].of is not None:
            return parts[0]
        known = [part.text for part in parts if part.text is not None]
        text = "".join(known) if len(known) == len(parts) else None
        secret = any(part.secret for part in parts) or bool(text and why_secret(name, text))
        return Spelled(text, secret)

    def open(self, value: Value, what: str) -> str:
        """Return a value that everybody may read. Raises RefusedError when there is a secret in it."""
        spelled = self.spell(value)
        if spelled.secret or spelled.text is None:
            raise RefusedError(
                f'{what} of "{self._node.name}" holds a secret, which everybody could read there',
                hint="pass it in env=, or the path of a file that holds it",
            )
        return spelled.text

    def argv(self, command: Command, what: str = "the command") -> list[str]:
        """Return a command as Kubernetes takes it, which would replace ``$(NAME)`` and halve ``$$``."""
        parts = command.argv if isinstance(command, Exec) else ("/bin/sh", "-c", command.text)
        return [escaped(self.open(part, what)) for part in parts]

    def _ref(self, ref: Ref) -> Spelled:
        kind, _, name = ref.key.partition(":")
        other = self._graph.nodes.get(ref.node) if ref.node else None
        match other:
            case None if not ref.node:
                return Spelled(self._own(ref, kind, name))
            case Service() if kind in ("host", "port"):
                return Spelled(self._address(other, kind, name))
            case Secret():
                return self._secret(other, kind, name or "value")
            case EnvFile():
                return self._setting(other, kind, name)
            case Option():
                value = self._site.options.get(other.name, other.default) or ""
                return Spelled(value, bool(value) and why_secret(other.name, value) is not None)
            case Tool() if kind == "program":
                return Spelled(name)  # the image has it on its PATH, or says run= itself
            case _:
                raise self._unknown(ref)

    def _own(self, ref: Ref, kind: str, name: str) -> str:
        node = self._node
        if kind == "host":
            return "0.0.0.0"  # a pod is reached from outside of it
        if kind == "port":
            return str(self.port(name))
        if kind == "data" and node.container is not None and node.container.data is not None:
            return node.container.data
        raise self._unknown(ref)

    def _address(self, other: Service, kind: str, name: str) -> str:
        away = self._site.elsewhere.get(other.name)
        if kind == "host":
            return away.host if away is not None else other.name
        if away is not None and name in away.ports:
            return str(away.ports[name])
        return str(port_number(other.name, other.ports, name))

    def _secret(self, secret: Secret, kind: str, name: str) -> Spelled:
        known = (self._site.secrets or {}).get(secret.name, {})
        self.secrets[secret.name, name] = None
        if kind == "path":
            self.paths[secret.name, name] = None
            return Spelled(f"{SECRETS}/{secret.name}/{name}")
        return Spelled(known.get(name), True, (secret.name, name))

    def _setting(self, file: EnvFile, kind: str, name: str) -> Spelled:
        value = self._site.settings.get(file.name, {}).get(name, "")
        if kind == "path":
            path = f"{SECRETS}/settings/{name}"
            self.files[path] = Text((Ref(file.name, f"value:{name}"),))
            return Spelled(path)
        return setting(file, name, value)

    def _unknown(self, ref: Ref) -> RefusedError:
        what = f"{ref.node or 'its own'} {ref.key}"
        return RefusedError(
            f'"{self._node.name}" uses {what}, which exists on this machine only and not in a container',
            hint="say what differs there: container(run=…, env=…, data=…)",
        )


def setting(file: EnvFile, name: str, value: str) -> Spelled:
    """Return a value of a ``.env`` file."""
    return Spelled(value, bool(value) and why_secret(name, value, name in file.secret) is not None)


def port_number(service: str, ports: tuple[Port, ...], name: str) -> int:
    """Return the number of a port in a container; no name means the first."""
    found = next((port.number for port in ports if not name or port.name == name), None)
    if found is None:
        raise RefusedError(f'"{service}" has no port "{name}"', hint="name it in ports=")
    return found


def escaped(text: str) -> str:
    """Return a text so that Kubernetes leaves it as it is: it replaces ``$(NAME)`` and makes one of two ``$``."""
    return _DOLLARS.sub(lambda found: found[0] * 2, text)
