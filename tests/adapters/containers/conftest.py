"""What tests with a real engine share."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from containers_engine import Engine

from homeport.adapters.containers import DockerContainers


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """Return the engine of the testbed; afterwards it has nothing of the instance, nor is there a file."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no engine for tests: set HOMEPORT_TEST_CLUSTER=1")
    async with DockerContainers(os.environ, tmp_path / "files") as containers:
        made = Engine(containers)
        yield made
    async with DockerContainers(os.environ, tmp_path / "files") as after:
        assert await after.leftovers(made.belongs.owner) == ()
        for volume in await after.volumes(made.belongs.owner):
            await after.remove_volume(volume.name)
    assert not (tmp_path / "files").exists() or list((tmp_path / "files").iterdir()) == []
