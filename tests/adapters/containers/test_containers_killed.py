"""Containers whose house was killed: the guardian removes them, or whoever comes next finds them."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from containers_engine import Engine

import homeport

HOUSE = Path(__file__).with_name("docking.py")
SOURCES = str(Path(homeport.__file__).parent.parent)
OBEDIENT = "echo up; exec sleep 1000"
DEAF = 'trap "" TERM INT; echo up; while :; do sleep 1000; done'
LIMIT = 5.0


@asynccontextmanager
async def house(engine: Engine, folder: Path, *texts: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Run a house, and give it with its guardian's process id."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(HOUSE), engine.belongs.owner, str(folder), *texts,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": SOURCES},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process, int(json.loads(await process.stdout.readline())["guardian"])
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def await_end(pid: int) -> None:
    """Wait until a process that is no child of ours has ended."""
    fd = os.pidfd_open(pid)
    ended = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_reader(fd, ended.set_result, None)
    try:
        await ended
    finally:
        asyncio.get_running_loop().remove_reader(fd)
        os.close(fd)


async def test_a_killed_house_leaves_no_container(engine: Engine, tmp_path: Path) -> None:
    """Within five seconds the guardian has removed all, deaf ones too, and ended itself."""
    async with house(engine, tmp_path / "of-house", OBEDIENT, DEAF, OBEDIENT) as (process, guardian):
        assert len(await engine.containers.leftovers(engine.belongs.owner)) == 3
        began = time.monotonic()
        process.kill()
        await await_end(guardian)
        assert await engine.containers.leftovers(engine.belongs.owner) == ()
        assert time.monotonic() - began < LIMIT


async def test_who_is_left_by_house_and_guardian_is_found_by_its_labels(engine: Engine, tmp_path: Path) -> None:
    """Both killed at once: the containers run on until somebody removes them."""
    async with house(engine, tmp_path / "of-house", OBEDIENT, DEAF) as (process, guardian):
        os.kill(guardian, signal.SIGSTOP)
        process.kill()
        os.kill(guardian, signal.SIGKILL)
        await process.wait()
    left = await engine.containers.leftovers(engine.belongs.owner)
    assert [one.service for one in left] == ["s0", "s1"]
    for one in left:
        await engine.containers.remove(one.name)
    assert await engine.containers.leftovers(engine.belongs.owner) == ()


@pytest.fixture(autouse=True)
def _linux() -> None:
    if sys.platform != "linux":
        pytest.skip("needs pidfds")
