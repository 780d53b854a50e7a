"""`doctor` and what killed houses left running."""

import json
import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from homeport.cli import exits
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.registry import Instances
from homeport.machine.liveness import birth_of

Homeport = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    (tmp_path / "stack.py").write_text("from homeport import Stack\nStack('shop').task('t', run='true')\n")
    folders = Folders(state=tmp_path / "state" / "homeport", cache=tmp_path / "cache", temporary=tmp_path)
    return Instances(folders).resolve("shop", tmp_path / "stack.py")


@pytest.fixture
def survivor(instance: Instance) -> Iterator[subprocess.Popen[bytes]]:
    """A program that outlived engine and guardian."""
    house = uuid.uuid4().hex
    mark = {"HOMEPORT_RUN": f"shop/{house}/api/3", "PATH": os.environ["PATH"]}
    with subprocess.Popen(["sleep", "1000"], env=mark, start_new_session=True) as process:
        runs = instance.folder / "runs"
        runs.mkdir(parents=True)
        (runs / house).write_text(f"house 1 of-another-boot/7\nbegan {process.pid} {birth_of(process.pid)} 15\n")
        yield process
        process.kill()


def test_doctor_names_what_a_killed_house_left(homeport: Homeport, survivor: subprocess.Popen[bytes]) -> None:
    """It is a failure that says whose it is and what ends it; nothing is touched."""
    told = homeport("doctor", "--json")
    [found] = [finding for finding in json.loads(told.stdout)["findings"] if finding["verdict"] == "failed"]
    assert told.returncode == exits.FAILED
    assert f"api (process {survivor.pid})" in found["said"]
    assert found["fix"].startswith("homeport doctor --fix")
    assert survivor.poll() is None


def test_doctor_ends_what_a_killed_house_left(homeport: Homeport, survivor: subprocess.Popen[bytes]) -> None:
    """With --fix it is ended, and a second look finds nothing."""
    told = homeport("doctor", "--fix")
    assert f'"shop" had left api (process {survivor.pid}): ended' in told.stdout
    assert survivor.wait() == -15
    assert "left anything running" in homeport("doctor").stdout


def test_down_all_ends_what_a_killed_house_left(homeport: Homeport, survivor: subprocess.Popen[bytes]) -> None:
    """It says so for the instance, and a second one finds nothing."""
    told = homeport("down", "--all")
    assert told.returncode == exits.OK
    assert "shop was killed; all that it ran has ended" in told.stdout
    assert survivor.wait() == -15
    assert homeport("down", "--all").stdout == "nothing runs on this machine\n"


def test_down_all_tells_programs_what_it_tidied(homeport: Homeport, survivor: subprocess.Popen[bytes]) -> None:
    """As data it is an outcome of its own, and no house had a process."""
    told = homeport("down", "--all", "--json")
    assert json.loads(told.stdout)["houses"] == [{"name": "shop", "pid": 0, "outcome": "tidied"}]
    assert survivor.wait() == -15


def test_up_says_once_what_a_killed_house_left(homeport: Homeport, survivor: subprocess.Popen[bytes]) -> None:
    """Who starts the house again is told once, and who ends it then is not told again."""
    told = homeport("up", "-d")
    ended = homeport("down")
    assert survivor.wait() == -15
    assert told.stdout.count("an earlier run was killed") == 1, told.stdout
    assert "an earlier run" not in told.stderr + ended.stdout + ended.stderr
