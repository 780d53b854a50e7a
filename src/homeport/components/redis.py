"""Redis, and Valkey, which speaks the same language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from homeport.components.stores import image_of, launcher
from homeport.config.words import expect
from homeport.config.words.component import Component
from homeport.config.words.containers import Container, container
from homeport.config.words.expect import Size
from homeport.config.words.images import Image
from homeport.config.words.mistakes import fail
from homeport.config.words.placement import Place, PlaceName
from homeport.config.words.policies import stop
from homeport.config.words.ports import Port
from homeport.config.words.probes import command, tcp
from homeport.config.words.references import Reference
from homeport.config.words.scope import Scope
from homeport.config.words.secrets import SecretValue, password
from homeport.config.words.stack import BaseStack
from homeport.config.words.this import this
from homeport.config.words.values import Plain

DATA: Final = "/data"
"""Where the public images keep their data."""


class Redis(Component):
    """A Redis server."""

    __slots__ = ("_password",)
    product: ClassVar[str] = "redis"
    _image: ClassVar[tuple[str, str]] = ("redis", "7")

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
        image: str | Image | None = None,
        storage: Size | None = None,
        groups: str | Sequence[str] = (),
        on: Place | PlaceName | None = None,
    ) -> None:
        stack = BaseStack.current()
        tool = stack.tool(f"{name}-server", product=self.product, version=version)
        guarded = expect.flag(protected, "protected")
        self._password: SecretValue | None = stack.secret(f"{name}-password", password()) if guarded else None
        kept = expect.flag(persistent, "persistent") or append_only
        run = launcher(
            "redis",
            *("--program", tool.program(f"{self.product}-server")),
            *("--data", this.data if kept else "none"),
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
            keeps="folder" if kept else "run",
            groups=groups,
            on=on,
            component=self.product,
            image=image_of(*self._image, version, image),
            container=self._container(kept=kept),
            files={self._file: self._content(settings, kept=kept, append_only=append_only)},
            storage=storage,
        )
        super().__init__(service)

    @property
    def _file(self) -> str:
        return f"/etc/homeport/{self.product}.conf"

    def _container(self, *, kept: bool) -> Container:
        """Return how it is in its public image."""
        return container(
            run=[f"{self.product}-server", self._file],
            env={"REDISCLI_AUTH": self._password} if self._password is not None else None,
            # Its answer, not its exit code: while it reads its data, it answers too, and not with a PONG.
            ready=command(f"{self.product}-cli -p {this.port()} ping | grep -q PONG", timeout="5s"),
            data=DATA if kept else None,
        )

    def _content(self, settings: Mapping[str, Plain] | None, *, kept: bool, append_only: bool) -> str:
        """Return the file of its settings: no command line may have the password."""
        lines = [f"port {this.port()}", "protected-mode no", f"dir {DATA}", *([] if kept else ['save ""'])]
        lines += [f"appendonly {'yes' if append_only else 'no'}"]
        lines += [f'requirepass "{self._password}"'] if self._password is not None else []
        lines += [f"{key} {value}" for key, value in (settings or {}).items()]
        return "".join(f"{line}\n" for line in lines)

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
