"""The base of components: ordinary classes that declare a service and give references to it."""

from __future__ import annotations

from homeport.config.words.handles import Handle
from homeport.config.words.references import Reference
from homeport.config.words.services import Service


class Component(Handle):
    """A ready-made service with typed options and its own references. Write one as an ordinary class::

        class Memcached(Component):
            def __init__(self, scope: Scope, name: str, *, memory: int = 64) -> None:
                run = ["memcached", "-l", this.host, "-p", this.port(), "-m", memory]
                super().__init__(scope.service(name, run=run, port=11211, component="memcached"))

    and use it as ``cache = Memcached(stack, "cache")``.
    """

    __slots__ = ("service",)

    def __init__(self, service: Service) -> None:
        super().__init__(service.name)
        self.service = service

    @property
    def host(self) -> Reference:
        """The host under which others reach it."""
        return self.service.host

    @property
    def port(self) -> Reference:
        """The number of its first port."""
        return self.service.port()

    @property
    def address(self) -> Reference:
        """Host and first port: ``127.0.0.1:5432``."""
        return self.service.address
