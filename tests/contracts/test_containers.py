"""What running containers promises: the fake, and a real engine."""

import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NoReturn

import pytest
from endings import UP, Begin, Endings

from homeport.adapters.containers import DockerContainers
from homeport.model.errors import OutsideError
from homeport.ports.containers import Belongs, ContainerLaunch, Containers
from homeport.ports.fakes.containers import FakeContainers
from homeport.ports.fakes.output import Ear
from homeport.ports.fakes.runtime import Program, Say
from homeport.ports.runtime import Exit

Absent = Callable[[str], NoReturn]


class Dock:
    """Containers of an instance of their own, and launches of programs that do as told."""

    def __init__(self, containers: Containers) -> None:
        self.containers = containers
        self.owner = uuid.uuid4().hex
        self.belongs = Belongs("test", self.owner, "actor", "this-house")
        self.notes: list[str] = []

    @property
    def fake(self) -> FakeContainers | None:
        return self.containers if isinstance(self.containers, FakeContainers) else None

    def launch(
        self, program: Program, *, label: str = "actor", image: str = "busybox",
        ports: dict[int, int] | None = None, volumes: dict[str, str] | None = None,
    ) -> ContainerLaunch:  # fmt: skip
        """Return what starts such a program."""
        if self.fake is not None:
            self.fake.runtime.programs[label] = program
        argv = ("sh", "-c", script(program))
        return ContainerLaunch(label, image, self.belongs, argv, ports=ports or {}, volumes=volumes or {})


def script(program: Program) -> str:
    """Return shell text that does what a program is told."""
    lines = [f'trap "" {name.removeprefix("SIG")}' for name in sorted(program.ignores)]
    if program.stops is not None:
        lines.append(f'trap "exit {program.stops.code}" TERM')
    lines += [f"printf '{say.data.decode()}'{' >&2' if say.stream == 'err' else ''}" for say in program.says]
    if program.lives is None:
        lines.append("while :; do sleep 1000 & wait; done" if program.stops or program.ignores else "exec sleep 1000")
    elif program.ends.signal:
        lines.append(f"kill -{program.ends.signal.removeprefix('SIG')} $$; sleep 1000")
    else:
        lines.append(f"exit {program.ends.code}")
    return "\n".join(lines)


@pytest.fixture(params=["fake", "docker"])
async def dock(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Dock]:
    """Return each engine in turn; afterwards it has nothing of the instance."""
    if request.param == "fake":
        yield Dock(FakeContainers())
        return
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no engine for tests: set HOMEPORT_TEST_CLUSTER=1")
    async with DockerContainers(os.environ, tmp_path / "files") as containers:
        dock = Dock(containers)
        yield dock
    async with DockerContainers(os.environ, tmp_path / "files") as after:
        assert await after.leftovers(dock.owner) == ()
        for volume in await after.volumes(dock.owner):
            await after.remove_volume(volume.name)


@pytest.fixture
def begin(dock: Dock) -> Begin:
    """Return how programs start in this engine."""
    return lambda program, ear: dock.containers.start(dock.launch(program), ear)


class TestEndings(Endings):
    """Containers end as processes do."""


async def test_wait_returns_the_exit_code_after_all_output(dock: Dock) -> None:
    """What was written before the end has been delivered when ``wait`` returns, each stream by itself."""
    ear = Ear()
    says = (Say(b"one\n"), Say(b"bad", stream="err"), Say(b"two\n"), Say(b"half"))
    process = await dock.containers.start(dock.launch(Program(says=says, lives=0, ends=Exit(code=7))), ear)
    assert await process.wait() == Exit(code=7)
    assert (ear.all("out"), ear.all("err")) == (b"one\ntwo\nhalf", b"bad")
    assert await process.end("SIGTERM", 5) == Exit(code=7)


async def test_a_missing_image_is_named(dock: Dock) -> None:
    """It is tried to be pulled, which is told; the error has the image's name and a next step."""
    image = "localhost:5005/no/such-image:1"
    with pytest.raises(OutsideError, match=f'image "{image}" cannot be pulled: ') as caught:
        await dock.containers.start(dock.launch(Program(), image=image), Ear(), dock.notes.append)
    assert caught.value.hint
    assert dock.notes == [f"pulling {image}"]


async def test_an_image_that_is_there_is_not_pulled(dock: Dock) -> None:
    """Nothing is told about it."""
    await dock.containers.provide("busybox", dock.notes.append)
    assert dock.notes == []


async def test_a_taken_port_is_named(dock: Dock) -> None:
    """The error names the port and tells how to find who holds it; nothing of the container is left."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])
        if dock.fake is not None:
            dock.fake.taken.add(port)
        with pytest.raises(OutsideError, match=rf"^actor: its port 127\.0\.0\.1:{port} is taken") as caught:
            await dock.containers.start(dock.launch(Program(), ports={80: port}), Ear())
    assert f"lsof -i :{port}" in str(caught.value.hint)
    with pytest.raises(OutsideError, match="no container of it runs"):
        await dock.containers.run_in("actor", ["true"], Ear())


async def test_a_command_runs_in_a_container(dock: Dock) -> None:
    """Its output, its exit code and what it finds in its environment are its own."""
    up, ear = Ear(), Ear()
    process = await dock.containers.start(dock.launch(Program(says=(UP,))), up)
    await up.until(b"up")
    if dock.fake is not None:
        dock.fake.runtime.programs["actor: sh"] = Program(says=(Say(b"x y"),), lives=0, ends=Exit(code=4))
    inside = await dock.containers.run_in("actor", ["sh", "-c", 'printf "$A"; exit 4'], ear, env={"A": "x y"})
    assert await inside.wait() == Exit(code=4)
    assert ear.all() == b"x y"
    assert await inside.end("SIGKILL", 0) == Exit(code=4)
    await process.end("SIGKILL", 0)


async def test_a_command_that_hangs_is_let_go(dock: Dock) -> None:
    """Its ending returns although it would go on."""
    up, ear = Ear(), Ear()
    process = await dock.containers.start(dock.launch(Program(says=(UP,))), up)
    await up.until(b"up")
    if dock.fake is not None:
        dock.fake.runtime.programs["actor: sh"] = Program(says=(UP,))
    inside = await dock.containers.run_in("actor", ["sh", "-c", "echo up; exec sleep 1000"], ear)
    await ear.until(b"up")
    await inside.end("SIGKILL", 0)
    assert await inside.wait() == await inside.end("SIGKILL", 0)
    await process.end("SIGKILL", 0)


async def test_a_volume_outlives_its_container(dock: Dock) -> None:
    """It belongs to the instance and the service, until it is removed; while it is used it cannot be."""
    name = f"test-{dock.owner[:12]}"
    ear = Ear()
    process = await dock.containers.start(dock.launch(Program(says=(UP,)), volumes={"/data": name}), ear)
    await ear.until(b"up")
    with pytest.raises(OutsideError, match=f'volume "{name}" cannot be removed'):
        await dock.containers.remove_volume(name)
    await process.end("SIGKILL", 0)
    assert [(each.name, each.service) for each in await dock.containers.volumes(dock.owner)] == [(name, "actor")]
    for _ in range(2):
        await dock.containers.remove_volume(name)
    assert await dock.containers.volumes(dock.owner) == ()


async def test_who_was_started_here_is_no_leftover(dock: Dock) -> None:
    """Containers of this house are not those of another one; removing one that is not there is no matter."""
    process = await dock.containers.start(dock.launch(Program()), Ear())
    assert await dock.containers.leftovers(dock.owner) == ()
    await process.end("SIGKILL", 0)
    await dock.containers.remove("no-such-container")
