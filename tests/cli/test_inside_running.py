"""A command in a pod, with the input and output of this process."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from homeport.cli.inside.running import run
from homeport.model.errors import OutsideError
from homeport.ports.cluster import Target
from homeport.ports.fakes.cluster import FakeCluster
from homeport.ports.fakes.pods import FakeCommand

POD = Target("default", "api-1", "api")


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Path]:
    """A file that is standard input for a test; what is written to it before a run is read by that."""
    path = tmp_path / "in"
    path.write_bytes(b"typed")
    before = os.dup(0)
    file = os.open(path, os.O_RDONLY)
    os.dup2(file, 0)
    os.close(file)
    yield path
    os.dup2(before, 0)
    os.close(before)


@pytest.fixture
async def cluster() -> FakeCluster:
    """A cluster with a pod."""
    found = FakeCluster()
    await found.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "api-1", "namespace": "default"}})
    return found


@pytest.mark.usefixtures("given")
async def test_input_output_and_code_are_those_of_the_command(
    cluster: FakeCluster, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What is typed arrives, both outputs come where they belong, and so does the code."""

    async def program(command: FakeCommand) -> AsyncIterator[Any]:
        async for chunk in command.received():
            yield "out", chunk.upper()
        yield "err", b"\xffdone"
        command.code = 7

    cluster.programs["loud"] = program
    assert await run(cluster, POD, ["loud"], tty=False) == 7
    assert capfdbinary.readouterr() == (b"TYPED", b"\xffdone")


@pytest.mark.usefixtures("given")
async def test_a_program_that_the_image_does_not_have_is_said(cluster: FakeCluster) -> None:
    """By its name and with where it was looked for."""
    with pytest.raises(OutsideError, match=r'"nope" was not found in the pod api-1, container api'):
        await run(cluster, POD, ["nope"], tty=False)


@pytest.fixture
def much(given: Path) -> None:
    """Standard input is far more than a pod holds."""
    given.write_bytes(b"x" * 1_000_000)


@pytest.mark.usefixtures("much")
async def test_a_command_that_ends_at_once_is_not_buried_in_input(cluster: FakeCluster) -> None:
    """It gets no more than a pod takes by itself: a cluster that is stuck with the rest does not tell the exit code."""
    commands: list[FakeCommand] = []

    async def program(command: FakeCommand) -> AsyncIterator[Any]:
        commands.append(command)
        yield "out", (await anext(command.received()))[:3]
        command.code = 4

    cluster.programs["head"] = program
    assert await run(cluster, POD, ["head"], tty=False) == 4
    commands[0].cut()
    assert b"".join([chunk async for chunk in commands[0].received()]) == b""
