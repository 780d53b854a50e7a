"""Inside a container of this machine: commands and files; its volume goes with the data. With a real engine."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from person import Person

from homeport.cli import exits

STACK = """\
from homeport import Stack, container

stack = Stack("boxed-NUMBER")
keeping = container(run=["sleep", "100000"], data="/kept")
stack.service("api", image="busybox", container=container(run=["sleep", "100000"]), replicas=2)
stack.service("store", image="busybox", container=keeping)
"""


@pytest.fixture
def docker(settle: Callable[..., Person], tmp_path: Path) -> Iterator[Person]:
    """A person whose stack runs in containers of this machine."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no engine for tests: set HOMEPORT_TEST_CLUSTER=1")
    person = settle(tmp_path / "stack")
    person.environ["PATH"] = f"{person.environ['PATH']}:{os.environ['PATH']}"
    person.save("stack.py", STACK.replace("NUMBER", f"{os.getpid()}"))
    try:
        person.type("up", "-d", "--on", "docker")
        yield person
        person.type("down", "--data")
        person.find_nothing()
    finally:
        person.kill_all()


def volumes() -> str:
    """Return the volumes of this run's instance."""
    words = ["docker", "volume", "ls", "-q", "--filter", f"name=boxed-{os.getpid()}"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_containers_are_entered_by_name_and_number(docker: Person) -> None:
    """Output, code and files are passed on; a replica that is not there is refused; data go when that is said."""
    first, second = (docker.type("exec", name, "--", "hostname").out for name in ("api", "api.2"))
    assert first != second
    docker.type("exec", "api", "--", "sh", "-c", "exit 7", exits=7)
    assert '"api.3" has no container' in docker.type("exec", "api.3", "--", "true", exits=exits.REFUSED).err
    docker.type("cp", "stack.py", "store:/kept/copy")
    docker.type("cp", "store:/kept/copy", "back")
    assert (docker.folder / "back").read_text() == (docker.folder / "stack.py").read_text()
    (docker.folder / "kept").mkdir()
    docker.save("kept/mine", "was here before")
    assert docker.type("cp", "store:/kept", ".").out.startswith("copied 1 file, ")
    assert {each.name for each in (docker.folder / "kept").iterdir()} == {"mine", "copy"}
    for folder in ("/none/", "/none/x", "/etc/passwd/x"):
        refused = docker.type("cp", "stack.py", f"store:{folder}", exits=exits.OUTSIDE).err
        assert f'"{os.path.dirname(folder)}" is not a folder in the container' in refused
    refused = docker.type("cp", "store:/none", ".", exits=exits.OUTSIDE).err
    assert '"/none" could not be read: no such file or directory' in refused
    docker.type("down")
    (volume,) = volumes().split()
    assert f"removing the volume {volume}" in docker.type("down", "--data").out
    assert volumes() == ""
