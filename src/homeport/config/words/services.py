"""The handle of a service."""

from __future__ import annotations

from homeport.config.words.handles import Handle
from homeport.config.words.mistakes import fail
from homeport.config.words.references import Reference, token
from homeport.config.words.values import need_plain
from homeport.kit.suggest import did_you_mean


class Service(Handle):
    """A declared service: what others need, and ask for its address."""

    __slots__ = ("_ports",)

    def __init__(self, name: str, ports: tuple[str, ...]) -> None:
        super().__init__(name)
        self._ports = ports

    @property
    def host(self) -> Reference:
        """The host under which others reach it."""
        return Reference(token(self._name, "host"))

    def port(self, name: str | None = None) -> Reference:
        """The number of a port under which others reach it.

        Args:
            name: The name of the port; the first one when left out.
        """
        return Reference(token(self._name, f"port:{self._known(name)}"))

    @property
    def address(self) -> Reference:
        """Host and first port: ``127.0.0.1:8080``."""
        return Reference(f"{self.host}:{self.port()}")

    @property
    def url(self) -> Reference:
        """The address of its first port for a browser: ``http://127.0.0.1:8080``."""
        return Reference(f"http://{self.address}")

    def _known(self, name: str | None) -> str:
        if not self._ports:
            fail(f'the service "{self._name}" has no port', hint="give it one: port=8080")
        if name is None:
            return self._ports[0]
        asked = need_plain(name, "name", "the name of a port")
        if asked not in self._ports:
            fail(
                f'the service "{self._name}" has no port "{asked}"',
                hint=did_you_mean(asked, self._ports),
                literal=asked,
            )
        return asked
