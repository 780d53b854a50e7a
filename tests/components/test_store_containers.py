"""How the stores are as containers: public images, their own variables, and no password where others can read it."""

import gzip
import sys
from pathlib import Path

import msgspec
import pytest

from homeport.config.evaluate import ChildEvaluator
from homeport.model.containers import Container, NamedImage
from homeport.model.errors import ConfigError
from homeport.model.graph import Graph
from homeport.model.nodes import Service
from homeport.model.parts import CommandProbe, Exec, Shell
from homeport.model.values import Ref, Text

PORT = Ref("", "port:main")


async def graph_of(folder: Path, said: str) -> Graph:
    """Return the graph of a stack whose one store is declared like that."""
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "stack.py").write_text(f'from homeport import Stack\nstack = Stack("shop")\nstack.{said}\n')
    return await ChildEvaluator({"PATH": "/usr/bin:/bin"}, sys.executable).evaluate(str(folder / "stack.py"), {})


async def store(folder: Path, said: str) -> Service:
    """Return the store of such a stack."""
    node = (await graph_of(folder, said)).nodes["it"]
    assert isinstance(node, Service)
    return node


async def contained(folder: Path, said: str) -> Container:
    """Return the container of the store of such a stack."""
    found = (await store(folder, said)).container
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("said", "image"),
    [
        ('postgres("it")', "postgres:16-alpine"),
        ('postgres("it", version="15")', "postgres:15-alpine"),
        ('redis("it")', "redis:7-alpine"),
        ('valkey("it")', "valkey/valkey:8-alpine"),
        ('rabbitmq("it")', "rabbitmq:3-alpine"),
        ('rabbitmq("it", management=True, version="4")', "rabbitmq:4-management"),
        ('postgres("it", image="ours/postgres:1")', "ours/postgres:1"),
    ],
)
async def test_stores_have_public_images(tmp_path: Path, said: str, image: str) -> None:
    """A store's image is the public one of its version, unless another one is given."""
    assert (await contained(tmp_path, said)).image == NamedImage(image)


@pytest.mark.parametrize("product", ["postgres", "redis", "valkey", "rabbitmq"])
async def test_storage_is_the_room_of_the_data(tmp_path: Path, product: str) -> None:
    """storage= is how large the volume is that a store's data lie on; without it there is a gibibyte."""
    assert (await contained(tmp_path, f'{product}("it", storage="5Gi")')).storage == 5 * 2**30
    assert (await contained(tmp_path, f'{product}("it")')).storage == 2**30


@pytest.mark.parametrize("said", ['postgres("it")', 'redis("it", protected=True)', 'rabbitmq("it", management=True)'])
async def test_no_password_is_in_a_command(tmp_path: Path, said: str) -> None:
    """A store's password reaches its container in a variable or a file, never in an argument."""
    found = await contained(tmp_path, said)
    secret = Ref("it-password", "value:value")
    commands = msgspec.json.encode([found.run, found.ready, found.live]).decode()
    assert "it-password" not in commands
    values = [*found.env.values(), *found.files.values()]
    assert any(isinstance(value, Text) and secret in value.parts for value in values)


async def test_postgres(tmp_path: Path) -> None:
    """Its start script makes user and database; its port, settings and data are those of the stack file."""
    found = await contained(tmp_path, 'postgres("it", user="me", database="shop", port=5433, settings={"a": 1})')
    assert found.run == Exec(("docker-entrypoint.sh", "postgres", "-c", "a=1"))
    assert found.env == {
        "POSTGRES_USER": "me",
        "POSTGRES_PASSWORD": Text((Ref("it-password", "value:value"),)),
        "POSTGRES_DB": "shop",
        "PGPORT": Text((PORT,)),
        "PGDATA": "/var/lib/postgresql/data/pgdata",
    }
    assert found.data == "/var/lib/postgresql/data"
    assert isinstance(found.ready, CommandProbe)
    asked = ("pg_isready", "-q", "-h", "127.0.0.1", "-p", Text((PORT,)), "-U", "me", "-d", "shop")
    assert found.ready.run == Exec(asked)


async def test_init_scripts_travel(tmp_path: Path) -> None:
    """Init scripts are files of the container, in their order, unpacked; a change of one is a change of the stack."""
    (tmp_path / "b.sql").write_text("select 1;\n")
    (tmp_path / "a.sql.gz").write_bytes(gzip.compress(b"select 2;\n"))
    graph = await graph_of(tmp_path, 'postgres("it", init=["b.sql", "a.sql.gz"])')
    node = graph.nodes["it"]
    assert isinstance(node, Service)
    assert node.container is not None
    assert node.container.files == {
        "/docker-entrypoint-initdb.d/01-b.sql": "select 1;\n",
        "/docker-entrypoint-initdb.d/02-a.sql": "select 2;\n",
    }
    assert {str(tmp_path / "b.sql"), str(tmp_path / "a.sql.gz")} <= {*graph.sources}


@pytest.mark.parametrize("content", [b"x" * 500_001, b"\xff\xfe", None])
async def test_init_scripts_that_cannot_travel_keep_it_here(tmp_path: Path, content: bytes | None) -> None:
    """Too long, no text or absent: then it is a program of this machine only, and a wish for a container is a mistake."""
    if content is not None:
        (tmp_path / "a.sql").write_bytes(content)
    assert (await store(tmp_path, 'postgres("it", init="a.sql")')).container is None
    with pytest.raises(ConfigError, match="cannot travel"):
        await store(tmp_path, 'postgres("it", init="a.sql", storage="5Gi")')


@pytest.mark.parametrize("product", ["redis", "valkey"])
async def test_redis(tmp_path: Path, product: str) -> None:
    """One file has all settings, the ones by hand last; it is ready when it answers a ping with a pong."""
    said = f'{product}("it", protected=True, append_only=True, settings={{"maxmemory": "1mb"}})'
    found = await contained(tmp_path, said)
    file = f"/etc/homeport/{product}.conf"
    secret = Ref("it-password", "value:value")
    assert found.run == Exec((f"{product}-server", file))
    assert found.files[file] == Text(
        ("port ", PORT, '\nprotected-mode no\ndir /data\nappendonly yes\nrequirepass "', secret, '"\nmaxmemory 1mb\n')
    )
    assert found.env == {"REDISCLI_AUTH": Text((secret,))}
    assert isinstance(found.ready, CommandProbe)
    assert found.ready.run == Shell(Text((f"{product}-cli -p ", PORT, " ping | grep -q PONG")))
    assert found.data == "/data"


async def test_redis_that_keeps_nothing(tmp_path: Path) -> None:
    """Without data to keep there is no volume, and nothing is saved."""
    found = await contained(tmp_path, 'redis("it", persistent=False)')
    assert found.data is None
    (content,) = found.files.values()
    assert isinstance(content, Text)
    assert content.parts[-1] == '\nprotected-mode no\ndir /data\nsave ""\nappendonly no\n'


async def test_rabbitmq(tmp_path: Path) -> None:
    """User, password and virtual host by the image's variables; ports, settings and plugins by its files."""
    said = 'rabbitmq("it", user="me", vhost="shop", management=True, plugins=["rabbitmq_stream"], settings={"a": "b"})'
    found = await contained(tmp_path, said)
    assert found.run == Exec(("docker-entrypoint.sh", "rabbitmq-server"))
    assert (found.env["RABBITMQ_DEFAULT_USER"], found.env["RABBITMQ_DEFAULT_VHOST"]) == ("me", "shop")
    assert found.files == {
        "/etc/rabbitmq/conf.d/90-homeport.conf": Text(
            (
                "listeners.tcp.default = ",
                Ref("", "port:amqp"),
                "\nmanagement.tcp.port = ",
                Ref("", "port:management"),
                "\na = b\n",
            )
        ),
        "/etc/rabbitmq/enabled_plugins": "[rabbitmq_management,rabbitmq_stream].\n",
    }
    assert found.ready is None
    assert found.data == "/var/lib/rabbitmq"
