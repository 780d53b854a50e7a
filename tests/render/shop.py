"""A stack of pods with something of everything, made of the nouns."""

from typing import Any

from msgspec.structs import replace

from homeport.model.containers import Container, Dockerfile, NamedImage, Resources
from homeport.model.graph import Graph
from homeport.model.nodes import EnvFile, Node, Option, Secret, Service, Source, Task
from homeport.model.parts import (
    CommandProbe,
    Exec,
    HttpProbe,
    LogProbe,
    Need,
    Port,
    Restart,
    Shell,
    Stop,
    TcpProbe,
    Timing,
    Where,
)
from homeport.model.values import Ref, Text, Value
from homeport.render.site import Site

AT = Where("stack.py", 1)
NGINX = NamedImage("nginx:1.27")
PASSWORD = "correct-horse-battery"
KEY = "-----BEGIN KEY-----\nMIGHAgEAMBMG\n-----END KEY-----\n"
TOKEN = "tok-3f9a71c2be"
HIDDEN = (PASSWORD, "MIGHAgEAMBMG", TOKEN, "literal-9a8b7c6d", "option-5e4d3c2b")


def service(name: str, container: Container | None = None, **more: Any) -> Service:
    """Return a service that is pods."""
    return Service(name, AT, more.pop("run", Exec((name,))), "/repo", container=container or Container(NGINX), **more)


def task(name: str, container: Container | None = None, **more: Any) -> Task:
    """Return a task that is a pod."""
    return Task(name, AT, more.pop("run", Exec((name,))), "/repo", container=container or Container(NGINX), **more)


def text(*parts: str | Ref) -> Text:
    """Return a text with references."""
    return Text(parts)


DSN: Value = text("postgresql://shop:", Ref("db-password", "value:value"), "@", Ref("db", "host"), ":",
                  Ref("db", "port:main"), "/shop")  # fmt: skip

DB = service(
    "db",
    Container(
        NamedImage("postgres:16"),
        run=Exec(("docker-entrypoint.sh", "postgres")),
        env={"POSTGRES_PASSWORD": text(Ref("db-password", "value:value")), "PGDATA": text(Ref("", "data"), "/pg")},
        data="/var/lib/postgresql/data",
        storage=5 * 1024**3,
    ),
    ports=(Port("main", 5432),),
    ready=CommandProbe(Exec(("pg_isready", "-p", text(Ref("", "port:main")))), Timing(timeout=5.0)),
    stop=Stop("SIGINT", 30.0),
)
API = service(
    "api",
    Container(
        Dockerfile("/repo/Dockerfile", "/repo"),
        env={"LEVEL": "debug"},
        files={
            "/etc/api/api.toml": "[api]\nport = 8000\n",
            "/etc/api/dsn": DSN,
            "/etc/api/es256.key": text(Ref("jwt", "value:es256.key")),
        },
        resources=Resources("250m", "128Mi", None, "512Mi"),
        user=1000,
        patch={"Deployment": {"spec": {"minReadySeconds": 5, "replicas": None}}},
    ),
    run=Exec(("python", "-m", "api", text(Ref("", "host"), ":", Ref("", "port:main")), "$(HOME) costs $$1")),
    env={
        "DSN": DSN,
        "MODE": "0644",
        "LEVEL": "info",
        "WEB": text("http://", Ref("web", "host", True), ":", Ref("web", "port:main", True)),
        "SIZE": text(Ref("size", "value")),
        "ADMIN_TOKEN": "literal-9a8b7c6d",
        "EXTERN": text(Ref("api-token", "value")),
        "KEY_PATH": text(Ref("jwt", "path:es256.key")),
        "JWT": text(Ref("jwt", "value:es256.key")),
    },
    env_files=(".env",),
    ports=(Port("main", 8000), Port("metrics", 9100, env="METRICS_PORT")),
    ready=HttpProbe("/health", headers={"Accept": "text/plain"}),
    live=TcpProbe(timing=Timing(every=2.5, after=10.0)),
    needs=(Need("db"), Need("schema", "completed")),
    replicas=3,
)
SHOP: tuple[Node, ...] = (
    Secret("db-password", AT, {"value": Source(generate="password")}),
    Secret("jwt", AT, {"es256.key": Source(generate="es256"), "unused": Source(generate="password")}),
    Option("size", AT, "integer", "10"),
    Option("api-token", AT, default="option-5e4d3c2b"),
    EnvFile(".env", AT, ".env"),
    API,
    DB,
    task(
        "schema",
        Container(NGINX, data="/work", storage=1500),
        run=Shell("apply $SCHEMA"),
        args=("--fast",),
        env={"DSN": DSN},
        needs=(Need("db"),),
        timeout=90.0,
    ),
    service("worker", env_files=(".env",), ready=LogProbe("ready"), restart=Restart("on-failure"), run=None),
    Service("web", AT, Exec(("vite",)), "/repo", ports=(Port("main", 3000),)),
)
SETTINGS = {".env": {"LANG": "yes", "API_TOKEN": TOKEN}}
SECRETS = {"db-password": {"value": PASSWORD}, "jwt": {"es256.key": KEY, "unused": "x"}}


def graph(*nodes: Node) -> Graph:
    """Return a stack."""
    return Graph("shop", "/repo", "/repo/stack.py", {node.name: node for node in nodes})


def site(of: Graph, **more: Any) -> Site:
    """Return a site at which everything with an image is pods."""
    images = {}
    for node in of.runnables():
        if node.container is not None:
            image = node.container.image
            images[node.name] = image.name if isinstance(image, NamedImage) else f"registry/{node.name}:1"
    return replace(Site("shop-1", "shop-1", images, settings=SETTINGS), **more)
