"""Redis, and Valkey, which speaks the same language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from homeport.components.stores import launcher
from homeport.config.words import expect
from homeport.config.words.component import Component
from homeport.config.words.mistakes import fail
from homeport.config.words.policies import stop
from homeport.config.words.ports import Port
from homeport.config.words.probes import tcp
from homeport.config.words.references import Reference
from homeport.config.words.scope import Scope
from homeport.config.words.secrets import SecretValue, password
from homeport.config.words.stack import BaseStack
from homeport.config.words.this import this
from homeport.config.words.values import Plain


class Redis(Component):
    """A Redis server."""

    __slots__ = ("_password",)
    product: ClassVar[str] = "redis"

    def __init__(
        self,
        scope: Scope,
        name: str,
        *,
        version: str | None = None,
        port: int | Port = 6379,
        persistent: bool = True,
        append_only: bool = False,
        protected: bool = False,
        settings: Mapping[str, Plain] | None = None,
        groups: str | Sequence[str] = (),
    ) -> None:
        stack = BaseStack.current()
        tool = stack.tool(f"{name}-server", product=self.product, version=version)
        guarded = expect.flag(protected, "protected")
        self._password: SecretValue | None = stack.secret(f"{name}-password", password()) if guarded else None
        run = launcher(
            "redis",
            *("--program", tool.program(f"{self.product}-server")),
            *("--data", this.data if persistent or append_only else "none"),
            *("--host", this.host, "--port", this.port()),
            *(("--password-file", self._password.path) if self._password is not None else ()),
            *(("--append-only",) if expect.flag(append_only, "append_only") else ()),
            settings=settings,
        )
        service = scope.service(
            name,
            run=run,
            port=port,
            ready=tcp(),
            stop=stop("SIGTERM", grace="30s"),
            tools=[tool],
            keeps="folder" if persistent or append_only else "run",
            groups=groups,
            component=self.product,
        )
        super().__init__(service)

    @property
    def url(self) -> Reference:
        """Its address: ``redis://host:port/0``, with the password where it has one."""
        who = f":{self._password}@" if self._password is not None else ""
        return Reference(f"redis://{who}{self.address}/0")

    @property
    def password(self) -> SecretValue:
        """Its password; its ``.path`` is a file that holds it."""
        if self._password is None:
            fail(f'"{self.name}" has no password', hint="say protected=True")
        return self._password
