"""Every word in use, with the types that users see; checked by mypy and pyright in strict mode, never run."""

from pathlib import Path
from typing import Any, assert_type

from homeport import (
    Cluster,
    Component,
    Image,
    InitContainer,
    Manifests,
    Option,
    Place,
    Postgres,
    Reference,
    Scope,
    SecretValue,
    Service,
    Settings,
    Sidecar,
    Stack,
    Task,
    Tool,
    Update,
    built,
    command,
    completed,
    container,
    docker,
    dockerfile,
    environ,
    file,
    files,
    fixed,
    full_build,
    here,
    http,
    image,
    init_container,
    key,
    kubernetes,
    link,
    log,
    password,
    port,
    ready,
    restart,
    restart_after,
    run_after,
    sidecar,
    started,
    stop,
    sync,
    tcp,
    this,
)


class Memcached(Component):
    """A component as a user writes it."""

    def __init__(self, scope: Scope, name: str, *, memory: int = 64) -> None:
        super().__init__(
            scope.service(
                name,
                run=["memcached", "-l", this.host, "-p", this.port(), "-m", memory],
                port=11211,
                ready=tcp(),
                component="memcached",
            )
        )

    @property
    def servers(self) -> Reference:
        """What clients take."""
        return Reference(f"memcached://{self.address}")


stack = Stack("shop")
settings = assert_type(stack.env_file(".env", secret=["SESSION_KEY"], optional=True), Settings)
workers = assert_type(stack.option("workers", default=2, help="how many", choices=[1, 2, 3]), Option[int])
debug = assert_type(stack.option("debug", default=False), Option[bool])
region = assert_type(stack.option("region", type=str), Option[str])
assert_type(workers.value, int)
assert_type(debug.value, bool)

token = assert_type(stack.secret("token", password(length=40)), SecretValue)
jwt = stack.secret("jwt", {"es256.key": key("es256", file=Path("k.pem")), "other": file("f"), "third": environ("E")})
assert_type(jwt["es256.key"].path, Reference)

node = assert_type(stack.node("22"), Tool)
jq = stack.tool("jq", version="1.7", programs=["jq"])
db = assert_type(
    stack.postgres("postgres", database="shop", settings={"max_connections": 50}, init=["a.sql", Path("b.sql")]),
    Postgres,
)
redis = stack.redis("redis", append_only=True, protected=True)
valkey = stack.valkey("valkey", version="8", persistent=False)
rabbitmq = stack.rabbitmq("rabbitmq", management=True, plugins=["rabbitmq_stream"])
cache = Memcached(stack, "cache", memory=32)

packages = assert_type(stack.task("packages", run=["npm", "ci"], inputs=["package-lock.json"], tools=[node]), Task)
binary = stack.build("binary", run="make", inputs=files("src/", ignore=["*.tmp"], base="."), timeout="5m")
app = stack.group("app", env={"DSN": db.url, **settings}, reload=["app/**/*.py"], needs=[packages], tools=[jq])

api = assert_type(
    app.service(
        "api",
        run=["python", "-m", "app", Path("config.toml"), 8, this.port("metrics"), this.data],
        cwd=Path("app"),
        env={
            **settings,
            "REDIS": redis.url,
            "AMQP": f"{rabbitmq.url}",
            "N": workers,
            "CACHE": cache.servers.later,
            "K": 1,
        },
        env_file=[settings, ".env.local"],
        ports={"http": port(8000, host=9000, env="HTTP_PORT"), "metrics": fixed(9100)},
        ready=http("/health", port="http", status=[200, 204], headers={"Host": "api"}, every="2s", timeout=1.5),
        live=command(["curl", "-f", this.port()], every=10),
        needs=[db, "cache", ready(redis, cascade=True), started(valkey), completed(packages)],
        build=[binary],
        restart=restart("on-failure", first="1s", limit=5),
        stop=stop("SIGINT", grace="20s"),
        replicas=workers.value,
        links=[link("Metrics", "/metrics", port="metrics")],
        groups=["core"],
        keeps="folder",
    ),
    Service,
)
stack.service(
    "web", run=f"vite --port $PORT --api {api.url}", port=3000, ready=log("ready in"), links={"Web": "/"}, tty=True
)
stack.task(
    "seed",
    run=["python", "seed.py", region],
    args=["--small"],
    manual=True,
    env={"URL": api.address, "DB": db.password},
)
stack.include("services/*/stack.py", optional=True)
assert_type(Stack.current(), Stack)

page = stack.group("page", image=dockerfile("Dockerfile", target="run", args={"N": 1}, secrets={"t": token}))
assert_type(dockerfile(update=sync("src", "/app/src", ignore="*.pyc")), Image)
assert_type(restart_after(when=["*.py"]), Update)
rules = [sync(Path("src"), "/app/src"), run_after(["make"], when=files("src/")), full_build("go.mod", Path("go.sum"))]
page.service("front", image=built(["ko", "build"], inputs="cmd/", env={"T": token}, update=rules), cpu=0.5)
page.service(
    "back",
    run=["serve", this.port()],
    port=80,
    container=container(run="serve -p 80", env={"A": db.url}, ready=http("/"), data="/data", user=1000),
    files={"/etc/back.conf": "a", "/key": jwt["es256.key"], "/dsn": f"x {db.url}"},
    storage="5Gi",
    memory=("64Mi", "1Gi"),
    cpu=("250m", 2),
    patch={"Deployment": {"spec": {"minReadySeconds": 5}}},
)
page.task("fill", image=image("busybox:1"), memory=1024)
stack.postgres("other", image="postgres:15", storage="1Gi")

# where things run
assert_type(kubernetes(context="kind-dev", namespace="team", registry="localhost:5005"), Cluster)
places: list[Place] = [here, docker, kubernetes]
stack.service("near", run="near", on=here)
stack.service("mail", image="axllent/mailpit", on="docker", container=container(needs=[completed("schema"), "near"]))
stack.task("far", image="a:1", on=kubernetes)
stack.group("cluster", on=kubernetes).service("member", image="a:1")
stack.postgres("elsewhere", on=docker)

# other containers of a pod
proxy = assert_type(sidecar("envoyproxy/envoy:v1.32", port=9901, ready=http("/ready"), first=True), Sidecar)
assets = assert_type(init_container(run=["build-assets"], mounts={"assets": "/out"}), InitContainer)
beside = container(sidecars={"proxy": proxy}, init={"assets": assets}, mounts={"assets": "/srv"})
stack.service("surrounded", image="a:1", container=beside, memory="1Gi")


# every field of the objects


class Typed:
    """An object such as those of lightkube.models."""

    def to_dict(self) -> dict[str, object]:
        return {}


def changes(made: dict[str, Any]) -> None:
    """A function that changes an object in place."""
    made["metadata"]["annotations"] = {}


def returns(made: dict[str, Any]) -> dict[str, Any]:
    """A function that returns another object."""
    return {**made}


stack.service("patched", image="a:1", patch={"Deployment": {"spec": {"paused": True}}, "Service/patched": Typed()})
stack.service("changed", image="a:1", patch=changes)
stack.task("returned", image="a:1", patch={"Job": returns})

# objects of one's own
ingress = assert_type(
    stack.manifests("ingress", "k8s", Path("more.yaml"), {"apiVersion": "v1"}, Typed(), needs=["api"]), Manifests
)
stack.manifests(
    "chart", run="helm template .", inputs=["chart/"], images={"a": dockerfile()}, ports={"web": ("Service/web", 80)}
)
stack.service("behind", image="a:1", needs=[ingress])
