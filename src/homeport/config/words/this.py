"""How a definition speaks of itself."""

from __future__ import annotations

from typing import Final

from homeport.config.words.references import Reference, token


class This:
    """The service or task in whose definition it is used."""

    __slots__ = ()

    def port(self, name: str = "") -> Reference:
        """The number of one of its own ports, on which it is to listen.

        Args:
            name: The name of the port; the first one when left out.
        """
        return Reference(token("", f"port:{name}"))

    @property
    def host(self) -> Reference:
        """The address that it is to listen on."""
        return Reference(token("", "host"))

    @property
    def data(self) -> Reference:
        """The path of its own data folder, kept per instance and removed by ``homeport down --data``."""
        return Reference(token("", "data"))


this: Final = This()
"""The service or task in whose definition it is used: ``run=["server", "--port", this.port("metrics")]``."""
