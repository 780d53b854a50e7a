"""Which engine is meant: the one that docker's own client would take."""

import hashlib
import json
from pathlib import Path

import pytest

from homeport.adapters.containers import DockerContainers
from homeport.adapters.containers.finding import find
from homeport.model.errors import OutsideError


def context(home: Path, name: str, host: str, *, chosen: bool = False, keys: bool = False) -> None:
    """Write a context as docker's client does."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = home / ".docker" / "contexts" / "meta" / digest
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    if keys:
        (home / ".docker" / "contexts" / "tls" / digest / "docker").mkdir(parents=True)
    if chosen:
        (home / ".docker" / "config.json").write_text(json.dumps({"currentContext": name}))


def test_the_usual_socket_is_taken_when_nothing_else_is_said(tmp_path: Path) -> None:
    """No variable, no settings."""
    assert find({"HOME": str(tmp_path)}).url == "unix:///var/run/docker.sock"


def test_docker_host_wins(tmp_path: Path) -> None:
    """Over every context."""
    context(tmp_path, "vm", "unix:///vm.sock", chosen=True)
    environ = {"HOME": str(tmp_path), "DOCKER_CONTEXT": "vm", "DOCKER_HOST": "unix:///other.sock"}
    assert find(environ).url == "unix:///other.sock"


def test_a_context_is_found_by_variable_or_as_the_chosen_one(tmp_path: Path) -> None:
    """In the folder that DOCKER_CONFIG names, too."""
    context(tmp_path, "vm", "unix:///vm.sock", chosen=True)
    context(tmp_path, "near", "tcp://127.0.0.1:2376", keys=True)
    assert find({"HOME": str(tmp_path)}).url == "unix:///vm.sock"
    near = find({"DOCKER_CONFIG": str(tmp_path / ".docker"), "DOCKER_CONTEXT": "near"})
    assert near.place == ("127.0.0.1", 2376)
    assert near.certificates.endswith("/docker")
    assert find({"HOME": str(tmp_path), "DOCKER_CONTEXT": "default"}).url == "unix:///var/run/docker.sock"


def test_an_unknown_context_is_named(tmp_path: Path) -> None:
    """With what tells the known ones."""
    with pytest.raises(OutsideError, match=r'context "vm" \(DOCKER_CONTEXT\) is not known') as caught:
        find({"HOME": str(tmp_path), "DOCKER_CONTEXT": "vm"})
    assert "docker context ls" in str(caught.value.hint)


@pytest.mark.parametrize("host", ["ssh://me@there", "tcp://10.0.0.7:2375", "npipe:////./pipe/docker"])
def test_an_engine_elsewhere_is_refused(host: str) -> None:
    """Its ports would not be on this machine."""
    with pytest.raises(OutsideError, match="need an engine of this machine") as caught:
        find({"DOCKER_HOST": host})
    assert host in caught.value.what


async def test_a_missing_engine_is_one_sentence(tmp_path: Path) -> None:
    """Where it was looked for, who said so, and how to get one."""
    host = f"unix://{tmp_path}/none.sock"
    async with DockerContainers({"DOCKER_HOST": host}, tmp_path) as containers:
        with pytest.raises(
            OutsideError, match=rf"no container engine answers at {host} \(DOCKER_HOST\): no such file"
        ) as caught:
            await containers.engine()
    assert "start it" in str(caught.value.hint)
