"""What a real engine makes of a launch."""

import asyncio
import json

import psutil
import pytest
from containers_engine import Engine
from msgspec.structs import replace

from homeport.aio.dialling import dial
from homeport.ports.containers import HOST
from homeport.ports.fakes.output import Ear
from homeport.ports.runtime import Exit, Stream

SERVE = "echo -n it-is-me > /index.html; httpd -f -p 80 -h / & echo up; wait"
ASK = r"printf 'GET /index.html HTTP/1.0\r\n\r\n'"


async def test_big_output_is_complete(engine: Engine) -> None:
    """Nothing of 5 MB is lost, although the program ends right after the last byte."""
    assert len(await engine.said(engine.shell("head -c 5000000 /dev/zero"))) == 5_000_000


async def test_bytes_arrive_as_they_were_written(engine: Engine) -> None:
    r"""Binary, ``\r`` and a half line at the end are passed on untouched."""
    text = await engine.said(engine.shell(r"printf '10%%\r20%%\r\000\377\n\033[31mhalf'"))
    assert text == b"10%\r20%\r\x00\xff\n\x1b[31mhalf"


async def test_the_environment_is_the_image_s_and_the_launch_s(engine: Engine) -> None:
    """Nothing of this machine is in it."""
    text = await engine.said(replace(engine.shell("env"), env={"A": "1", "B": "x=y"}))
    assert {line.partition(b"=")[0] for line in text.split()} == {
        b"A",
        b"B",
        b"PATH",
        b"HOME",
        b"HOSTNAME",
        b"PWD",
        b"SHLVL",
    }


async def test_contents_are_mounted_for_reading(engine: Engine) -> None:
    """A file is there for any user, whatever its contents, and cannot be changed."""
    launch = engine.shell("cat /run/secrets/db/value /etc/motd; id -u; echo x > /etc/motd; echo left")
    files = {"/run/secrets/db/value": "a'b\n", "/etc/motd": "wörd"}
    text = await engine.said(replace(launch, files=files, user=1234))
    assert text.startswith("a'b\nwörd1234\nleft\n".encode())
    assert b"motd" in text  # the shell's complaint


async def test_folder_and_limits_are_the_launch_s(engine: Engine) -> None:
    """Working folder, memory and processor are as given."""
    launch = engine.shell(
        "pwd; cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; true"
    )
    assert (await engine.said(replace(launch, cwd="/etc", memory=64 << 20, cpus=0.5))).startswith(b"/etc\n67108864")


async def test_a_terminal_is_a_real_one(engine: Engine) -> None:
    """With ``tty`` the program has a terminal; everything is out."""
    ear = Ear()
    process = await engine.containers.start(replace(engine.shell("tty -s && echo yes; echo err >&2"), tty=True), ear)
    assert await process.wait() == Exit(code=0)
    await process.end("SIGTERM", 5)
    assert (ear.all("err"), ear.all().replace(b"\r", b"")) == (b"", b"yes\nerr\n")


async def test_the_image_s_own_command_runs(engine: Engine) -> None:
    """Without a command of ours that of the image does: a shell, which finds nothing to read."""
    process = await engine.containers.start(replace(engine.shell(""), argv=None), Ear())
    assert await process.wait() == Exit(code=0)
    await process.end("SIGTERM", 5)


async def test_a_port_is_reached_from_here_and_from_other_containers(engine: Engine, unused_port: int) -> None:
    """A published port is on this machine's loopback; another container finds it under the name of this machine."""
    up, ear = Ear(), Ear()
    server = await engine.containers.start(replace(engine.shell(SERVE, "server"), ports={80: unused_port}), up)
    await up.until(b"up")
    # The image has no resolver to speak of, but the name stands where one would look.
    find = f"address=$(awk '/{HOST}/ {{print $1}}' /etc/hosts)"
    client = engine.shell(f"{find}; {ASK} | nc $address {unused_port}", "client")
    assert (await engine.said(client)).endswith(b"\r\n\r\nit-is-me")
    connection = await dial(unused_port)
    assert not isinstance(connection, int)
    connection.close()
    inside = await engine.containers.run_in("server", ["sh", "-c", f"{ASK} | nc 127.0.0.1 80"], ear)
    assert await inside.wait() == Exit(code=0)
    assert ear.all().endswith(b"it-is-me")
    await server.end("SIGKILL", 0)


async def test_a_command_that_the_image_lacks_is_told(engine: Engine) -> None:
    """It ends as in a shell, and its output names the command."""
    ear = Ear()
    launch = replace(engine.shell(""), argv=("no-such-program",))
    process = await engine.containers.start(launch, ear)
    assert await process.wait() == Exit(code=127)
    await process.end("SIGTERM", 5)
    assert b"no-such-program" in ear.all("err")


async def test_its_process_has_an_id_where_it_can_be_seen(engine: Engine) -> None:
    """On a machine of the engine's own that is a process of this one."""
    process = await engine.containers.start(engine.shell("exec sleep 1000"), Ear())
    assert psutil.Process(process.pid).name() == "docker-init"
    await process.end("SIGKILL", 0)


async def test_labels_say_whose_it_is(engine: Engine) -> None:
    """Instance, owner, house, service and replica stand on the container, and nobody needs our word for it."""
    process = await engine.containers.start(engine.shell("exec sleep 1000"), Ear())
    asked = await asyncio.create_subprocess_exec(
        "docker", "inspect", process.name, "--format", "{{json .Config.Labels}}", stdout=asyncio.subprocess.PIPE
    )
    told, _ = await asked.communicate()
    await process.end("SIGKILL", 0)
    assert {key.removeprefix("homeport.dev/"): value for key, value in json.loads(told).items()} == {
        "instance": "test", "owner": engine.belongs.owner, "house": "this-house", "service": "it", "replica": "0",
    }  # fmt: skip


async def test_a_container_that_somebody_else_removed_has_ended(engine: Engine) -> None:
    """It is told, and ending it is no error."""
    notes: list[str] = []
    process = await engine.containers.start(engine.shell("exec sleep 1000"), Ear(), notes.append)
    await engine.containers.remove(process.name)
    ended = await process.wait()
    assert ended in (Exit(), Exit(signal="SIGKILL"))
    assert await process.end("SIGTERM", 60) == ended


async def test_a_failing_listener_costs_nobody_the_ending(engine: Engine) -> None:
    """An output that raises is reported to the loop; waiting and ending go on."""
    failures: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: failures.append(str(what["exception"])))

    def fail(stream: Stream, data: bytes) -> None:
        raise RuntimeError(f"cannot take {data!r} of {stream}")

    process = await engine.containers.start(engine.shell("echo one; exit 2"), fail)
    assert await process.wait() == Exit(code=2)
    assert await process.end("SIGTERM", 5) == Exit(code=2)
    assert failures == ["cannot take b'one\\n' of out"]


async def test_too_much_memory_is_told(engine: Engine) -> None:
    """Who was killed for it is known by a sentence, not only by the signal."""
    notes: list[str] = []
    launch = replace(engine.shell("exec tail /dev/zero"), memory=16 << 20)
    process = await engine.containers.start(launch, Ear(), notes.append)
    assert await process.wait() == Exit(signal="SIGKILL")
    await process.end("SIGTERM", 5)
    assert notes == ["it was killed because it needed more memory than its limit"]


async def test_leaving_ends_everything(engine: Engine) -> None:
    """What nobody ended is asked and removed when containers are closed."""
    ear = Ear()
    process = await engine.containers.start(
        engine.shell('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 1000 & wait; done'), ear
    )
    await ear.until(b"up")
    await engine.containers.__aexit__(None, None, None)
    assert await process.wait() == Exit(code=0)
    assert b"bye" in ear.all()


@pytest.fixture
def unused_port() -> int:
    """Return a port that nobody listens on."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
