"""PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Final

from homeport.components.init_scripts import MOST, as_files
from homeport.components.stores import image_of, launcher, quoted
from homeport.config.words import expect, places
from homeport.config.words.component import Component
from homeport.config.words.containers import Container, container
from homeport.config.words.expect import Size
from homeport.config.words.images import Image
from homeport.config.words.mistakes import note
from homeport.config.words.placement import Place, PlaceName
from homeport.config.words.policies import stop
from homeport.config.words.ports import Port
from homeport.config.words.probes import command
from homeport.config.words.references import Reference
from homeport.config.words.scope import Scope
from homeport.config.words.secrets import SecretValue, password
from homeport.config.words.stack import BaseStack
from homeport.config.words.this import this
from homeport.config.words.values import Plain, need_plain

DATA: Final = "/var/lib/postgresql/data"
"""Where the public image keeps its data."""


class Postgres(Component):
    """A PostgreSQL server with one database and one user, whose password is made once per instance."""

    __slots__ = ("_database", "_password", "_user")

    def __init__(
        self,
        scope: Scope,
        name: str,
        *,
        database: str = "postgres",
        user: str = "postgres",
        version: str | None = None,
        port: int | Port = 5432,
        persistent: bool = True,
        settings: Mapping[str, Plain] | None = None,
        init: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
        image: str | Image | None = None,
        storage: Size | None = None,
        groups: str | Sequence[str] = (),
        on: Place | PlaceName | None = None,
    ) -> None:
        self._database = need_plain(database, "database")
        self._user = need_plain(user, "user")
        stack = BaseStack.current()
        tool = stack.tool(f"{name}-server", product="postgres", version=version)
        self._password: SecretValue = stack.secret(f"{name}-password", password())
        scripts = [places.resolve(each) for each in expect.items(init, "init", "files", (str, os.PathLike))]
        run = launcher(
            "postgres",
            *("--bin", tool.folder, "--data", this.data, "--host", this.host, "--port", this.port()),
            *("--database", self._database, "--user", self._user, "--password-file", self._password.path),
            *(part for script in scripts for part in ("--init-script", script)),
            *(() if persistent else ("--fresh",)),
            settings=settings,
        )
        files = as_files(scripts)
        travels = files is not None
        if not travels and (image is not None or storage is not None):
            note("init= has files that cannot travel to a container", argument="init",
                 hint=f"they are text of at most {MOST:,} bytes together; more belongs into an image of your own")  # fmt: skip
        service = scope.service(
            name,
            run=run,
            port=port,
            ready=command([tool.program("pg_isready"), "-q", "-h", this.host, "-p", this.port()], timeout="5s"),
            stop=stop("SIGINT", grace="30s"),
            tools=[tool],
            keeps="folder" if persistent else "run",
            groups=groups,
            on=on,
            component="postgres",
            image=image_of("postgres", "16", version, image) if travels else None,
            container=self._container(settings) if travels else None,
            files=files or None,
            storage=storage if travels else None,
        )
        super().__init__(service)

    def _container(self, settings: Mapping[str, Plain] | None) -> Container:
        """Return how it is in its public image, whose start script makes the database and the user."""
        chosen = [part for name, value in (settings or {}).items() for part in ("-c", f"{name}={value}")]
        who = ("-U", self._user, "-d", self._database)
        return container(
            run=["docker-entrypoint.sh", "postgres", *chosen],
            env={
                "POSTGRES_USER": self._user,
                "POSTGRES_PASSWORD": self._password,
                "POSTGRES_DB": self._database,
                "PGPORT": this.port(),
                "PGDATA": f"{DATA}/pgdata",  # below the volume: a fresh one has a lost+found, where initdb refuses
            },
            # By its address: while the start script prepares the data, the server has only a socket file.
            ready=command(["pg_isready", "-q", "-h", "127.0.0.1", "-p", this.port(), *who], timeout="5s"),
            data=DATA,
        )

    @property
    def url(self) -> Reference:
        """The address of the database, with user and password: ``postgresql://user:…@host:port/database``."""
        who = f"{quoted(self._user)}:{self._password}"
        return Reference(f"postgresql://{who}@{self.address}/{quoted(self._database)}")

    @property
    def user(self) -> str:
        """The name of the user."""
        return self._user

    @property
    def password(self) -> SecretValue:
        """The user's password; its ``.path`` is a file that holds it."""
        return self._password

    @property
    def database(self) -> str:
        """The name of the database."""
        return self._database
