"""``Stack`` as users know it: the words, and a method per ready-made component."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from homeport.components.postgres import Postgres
from homeport.components.rabbitmq import RabbitMQ
from homeport.components.redis import Redis
from homeport.components.valkey import Valkey
from homeport.config.words.expect import Size
from homeport.config.words.images import Image
from homeport.config.words.placement import Place, PlaceName
from homeport.config.words.ports import Port
from homeport.config.words.stack import BaseStack
from homeport.config.words.tools import Tool
from homeport.config.words.values import Plain


class Stack(BaseStack):
    """Everything that runs together. A file has one: ``stack = Stack("shop")``.

    Args:
        name: Its name: lower-case letters, digits and dashes.
        on: Where everything runs that says nothing itself and can: ``here``, ``docker``, ``kubernetes``, or
            ``kubernetes(context=…)``, which names the cluster. The command line's ``--on`` wins.
    """

    def node(self, version: str | None = None, *, name: str = "node") -> Tool:
        """Declares Node.js as a tool: ``node``, ``npm`` and ``npx`` on the ``PATH`` of who names it in ``tools=``.

        Args:
            version: The version that it must have, such as ``"22"`` or ``"20.19"``.
            name: The name of the tool.
        """
        return self.tool(name, product="node", version=version, programs=["node", "npm", "npx"])

    def postgres(
        self,
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
    ) -> Postgres:
        """Declares a PostgreSQL server.

        Args:
            name: Its name.
            database: The database to make.
            user: The user to make; the password is made too.
            version: The version that it must have, such as ``"16"``.
            port: The port that it listens on.
            persistent: Whether its data outlive it.
            settings: Settings of ``postgresql.conf``, by name.
            init: ``.sql``, ``.sql.gz`` or ``.sh`` files that run once, when the data are made. More than
                500,000 bytes of them cannot travel: then it is a program of this machine only.
            image: Another image to use as a container than the public one of that version.
            storage: How much room its data have in a cluster, such as ``"5Gi"``.
            groups: Labels under which commands find it too.
            on: Where it runs: ``here``, ``docker`` or ``kubernetes``; as the stack says when left out.
        """
        return Postgres(self, name, database=database, user=user, version=version, port=port, persistent=persistent,
                        settings=settings, init=init, image=image, storage=storage, groups=groups, on=on)  # fmt: skip

    def redis(
        self,
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
    ) -> Redis:
        """Declares a Redis server.

        Args:
            name: Its name.
            version: The version that it must have, such as ``"7"``.
            port: The port that it listens on.
            persistent: Whether its data outlive it.
            append_only: Whether every write goes to disk at once.
            protected: Whether it asks for a password, which is made and part of its ``url``.
            settings: Settings of ``redis.conf``, by name.
            image: Another image to use as a container than the public one of that version.
            storage: How much room its data have in a cluster, such as ``"5Gi"``.
            groups: Labels under which commands find it too.
            on: Where it runs: ``here``, ``docker`` or ``kubernetes``; as the stack says when left out.
        """
        return Redis(self, name, version=version, port=port, persistent=persistent, append_only=append_only,
                     protected=protected, settings=settings, image=image, storage=storage, groups=groups, on=on)  # fmt: skip

    def valkey(
        self,
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
    ) -> Valkey:
        """Declares a Valkey server.

        Args:
            name: Its name.
            version: The version that it must have, such as ``"8"``.
            port: The port that it listens on.
            persistent: Whether its data outlive it.
            append_only: Whether every write goes to disk at once.
            protected: Whether it asks for a password, which is made and part of its ``url``.
            settings: Settings of ``valkey.conf``, by name.
            image: Another image to use as a container than the public one of that version.
            storage: How much room its data have in a cluster, such as ``"5Gi"``.
            groups: Labels under which commands find it too.
            on: Where it runs: ``here``, ``docker`` or ``kubernetes``; as the stack says when left out.
        """
        return Valkey(self, name, version=version, port=port, persistent=persistent, append_only=append_only,
                      protected=protected, settings=settings, image=image, storage=storage, groups=groups, on=on)  # fmt: skip

    def rabbitmq(
        self,
        name: str,
        *,
        user: str = "guest",
        vhost: str = "/",
        version: str | None = None,
        port: int | Port = 5672,
        management: bool | int | Port = False,
        plugins: Sequence[str] = (),
        persistent: bool = True,
        settings: Mapping[str, Plain] | None = None,
        image: str | Image | None = None,
        storage: Size | None = None,
        groups: str | Sequence[str] = (),
        on: Place | PlaceName | None = None,
    ) -> RabbitMQ:
        """Declares a RabbitMQ broker.

        Args:
            name: Its name.
            user: The user to make; the password is made too.
            vhost: The virtual host to make.
            version: The version that it must have, such as ``"3"``.
            port: The port that it listens on.
            management: Whether it has its management page, or the port of that.
            plugins: Further plugins to enable.
            persistent: Whether its data outlive it.
            settings: Settings of ``rabbitmq.conf``, by name.
            image: Another image to use as a container than the public one of that version.
            storage: How much room its data have in a cluster, such as ``"5Gi"``.
            groups: Labels under which commands find it too.
            on: Where it runs: ``here``, ``docker`` or ``kubernetes``; as the stack says when left out.
        """
        return RabbitMQ(self, name, user=user, vhost=vhost, version=version, port=port, management=management,
                        plugins=plugins, persistent=persistent, settings=settings, image=image, storage=storage,
                        groups=groups, on=on)  # fmt: skip
