"""RabbitMQ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeport.components.stores import image_of, launcher, quoted
from homeport.config.words import expect
from homeport.config.words.component import Component
from homeport.config.words.containers import Container, container
from homeport.config.words.expect import Size
from homeport.config.words.images import Image
from homeport.config.words.links import Link, link
from homeport.config.words.mistakes import fail
from homeport.config.words.placement import Place, PlaceName
from homeport.config.words.policies import stop
from homeport.config.words.ports import Port
from homeport.config.words.probes import tcp
from homeport.config.words.references import Reference
from homeport.config.words.scope import Scope
from homeport.config.words.secrets import SecretValue, password
from homeport.config.words.stack import BaseStack
from homeport.config.words.this import this
from homeport.config.words.values import Plain, need_plain


class RabbitMQ(Component):
    """A RabbitMQ broker with one user, whose password is made once per instance."""

    __slots__ = ("_management", "_password", "_user", "_vhost")

    def __init__(
        self,
        scope: Scope,
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
    ) -> None:
        self._user = need_plain(user, "user")
        self._vhost = need_plain(vhost, "vhost")
        self._management = management is not False
        stack = BaseStack.current()
        tool = stack.tool(f"{name}-server", product="rabbitmq", version=version)
        self._password: SecretValue = stack.secret(f"{name}-password", password())
        ports: dict[str, int | Port] = {"amqp": port, "dist": 25672}
        if self._management:
            ports["management"] = 15672 if isinstance(management, bool) else management
        enabled = expect.texts(plugins, "plugins", "a plugin")
        run = launcher(
            "rabbitmq",
            *("--bin", tool.folder, "--data", this.data, "--host", this.host, "--port", this.port("amqp")),
            *("--dist-port", this.port("dist"), "--user", self._user, "--password-file", self._password.path),
            *("--vhost", self._vhost, "--management-port", this.port("management") if self._management else "none"),
            *(part for plugin in enabled for part in ("--plugin", plugin)),
            *(() if persistent else ("--fresh",)),
            settings=settings,
        )
        links: list[Link] = [link("Management", "/", port="management")] if self._management else []
        service = scope.service(
            name,
            run=run,
            ports=ports,
            ready=tcp(port="amqp", timeout="5s"),
            stop=stop("SIGTERM", grace="30s"),
            tools=[tool],
            links=links,
            keeps="folder" if persistent else "run",
            groups=groups,
            on=on,
            component="rabbitmq",
            image=image_of("rabbitmq", "3", version, image, flavour="management" if self._management else "alpine"),
            container=self._container(),
            files=self._files(settings, enabled),
            storage=storage,
        )
        super().__init__(service)

    def _container(self) -> Container:
        """Return how it is in its public image, whose start makes the user and the virtual host.

        It is ready as the program is, when its port answers: its own tool would start another Erlang for each look, and
        one that comes before the broker makes the cookie file, as root, which the broker then cannot read.
        """
        return container(
            run=["docker-entrypoint.sh", "rabbitmq-server"],
            env={
                "RABBITMQ_DEFAULT_USER": self._user,
                "RABBITMQ_DEFAULT_PASS": self._password,
                "RABBITMQ_DEFAULT_VHOST": self._vhost,
                "RABBITMQ_NODENAME": "rabbit@localhost",  # part of the path of its data: it must not follow the host's name
                "RABBITMQ_DIST_PORT": this.port("dist"),
            },
            data="/var/lib/rabbitmq",
        )

    def _files(self, settings: Mapping[str, Plain] | None, plugins: Sequence[str]) -> dict[str, str]:
        """Return the files in which its public image looks for settings and plugins."""
        lines = [f"listeners.tcp.default = {this.port('amqp')}"]
        if self._management:
            lines.append(f"management.tcp.port = {this.port('management')}")
        lines += [f"{key} = {value}" for key, value in (settings or {}).items()]
        files = {"/etc/rabbitmq/conf.d/90-homeport.conf": "".join(f"{line}\n" for line in lines)}
        names = dict.fromkeys([*(["rabbitmq_management"] if self._management else []), *plugins])
        return {**files, "/etc/rabbitmq/enabled_plugins": f"[{','.join(names)}].\n"} if names else files

    @property
    def url(self) -> Reference:
        """Its address, with user and password: ``amqp://user:…@host:port/vhost``."""
        who = f"{quoted(self._user)}:{self._password}"
        return Reference(f"amqp://{who}@{self.address}/{quoted(self._vhost)}")

    @property
    def management_url(self) -> Reference:
        """The address of the management page and its HTTP interface."""
        if not self._management:
            fail(f'"{self.name}" has no management page', hint="say management=True")
        return Reference(f"http://{self.host}:{self.service.port('management')}")

    @property
    def user(self) -> str:
        """The name of the user."""
        return self._user

    @property
    def password(self) -> SecretValue:
        """The user's password; its ``.path`` is a file that holds it."""
        return self._password

    @property
    def vhost(self) -> str:
        """The name of the virtual host."""
        return self._vhost
