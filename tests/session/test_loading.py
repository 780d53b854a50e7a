"""Objects of the user's own are read off the loop."""

import asyncio
import os
from pathlib import Path

import psutil
import pytest

from homeport.aio.beside import beside
from homeport.aio.threads import in_thread
from homeport.model.errors import ConfigError
from homeport.model.manifests import Manifests
from homeport.model.parts import Shell, Where
from homeport.session.loading import FileLoader

OBJECT = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"


def node(folder: Path, **more: object) -> Manifests:
    """Return objects that a file of this folder says."""
    return Manifests("own", Where(str(folder / "stack.py"), 3), cwd=str(folder), **more)  # type: ignore[arg-type]


async def _load(own: Manifests) -> None:
    await FileLoader(dict(os.environ)).load(own)


def test_files_and_commands_are_read(tmp_path: Path) -> None:
    """A command runs in the environment of who started Homeport; a mistake names the file and the line."""
    (tmp_path / "a.yaml").write_text(OBJECT)
    printing = Shell("echo '{apiVersion: v1, kind: ConfigMap, metadata: {name: '$NAME'}}'")
    own = node(tmp_path, paths=(str(tmp_path / "a.yaml"),), run=printing)
    loader = FileLoader({"NAME": "b", "PATH": os.environ["PATH"]})
    found = asyncio.run(loader.load(own))
    assert [made["metadata"]["name"] for made in found] == ["a", "b"]
    (tmp_path / "a.yaml").write_text("kind: [")
    with pytest.raises(ConfigError) as caught:
        asyncio.run(loader.load(own))
    assert caught.value.mistakes[0].file == str(tmp_path / "a.yaml")


def test_who_does_not_wait_leaves_no_command(tmp_path: Path) -> None:
    """A reading that is cancelled ends its command with all that it started."""
    pipe = tmp_path / "pids"
    os.mkfifo(pipe)
    own = node(tmp_path, run=Shell(f"sleep 1000 & echo $$ $! > {pipe}; wait"))

    async def story() -> list[int]:
        async with beside(_load(own)):
            return [int(word) for word in (await in_thread(pipe.read_text)).split()]

    pids = asyncio.run(story())
    assert len(pids) == 2
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids)
