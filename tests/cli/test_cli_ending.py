"""`down` leaves nothing running, also when the house was killed before it."""

import json
import os
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from homeport.cli import exits
from homeport.cli.meeting import answers
from homeport.client.connection import SilentError
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.house import House
from homeport.machine.instances.registry import Instances
from homeport.machine.liveness import birth_of
from homeport.session import RunsAlready

Homeport = Callable[..., "subprocess.CompletedProcess[str]"]


def test_down_ends_what_a_killed_house_left(homeport: Homeport, tmp_path: Path) -> None:
    """It says that the house was killed; a second `down` finds nothing."""
    (tmp_path / "stack.py").write_text("from homeport import Stack\nStack('shed').task('t', run='true')\n")
    folders = Folders(state=tmp_path / "state" / "homeport", cache=tmp_path / "cache", temporary=tmp_path)
    runs = Instances(folders).resolve("shed", tmp_path / "stack.py").folder / "runs"
    runs.mkdir(parents=True)
    house = uuid.uuid4().hex
    mark = {"HOMEPORT_RUN": f"shed/{house}/api/3", "PATH": os.environ["PATH"]}
    with subprocess.Popen(["sleep", "1000"], env=mark, start_new_session=True) as survivor:
        (runs / house).write_text(f"house 1 of-another-boot/7\nbegan {survivor.pid} {birth_of(survivor.pid)} 15\n")
        told = homeport("down")
        assert survivor.wait() == -15
    assert told.returncode == exits.OK
    assert told.stdout.endswith("shed was killed; all that it ran has ended\n")
    assert homeport("down").stdout == "nothing runs here\n"


def test_down_names_an_instance_that_never_was(homeport: Homeport) -> None:
    """A name with a slip of the pen is not mistaken for a house that has ended; scripts that tidy up go on."""
    told = homeport("--instance", "shde", "down")
    assert told.returncode == exits.OK
    assert told.stdout == 'nothing runs here: there is no instance "shde"\n'


def test_who_looks_after_an_instance_is_waited_for() -> None:
    """It is said that no house is being opened; once that process is gone, another one can be."""
    said: list[str] = []
    with subprocess.Popen(["sleep", "1000"]) as other:

        def hear(sentence: str) -> None:
            said.append(sentence)
            other.kill()

        assert not answers(RunsAlready("shed", "", other.pid), hear)
    assert said == [f"shed is being cleaned up (process {other.pid}): waiting for that"]


def test_down_all_leaves_alone_who_looks_after_an_instance(homeport: Homeport, tmp_path: Path) -> None:
    """It is no house: nobody asks it to end, and nobody takes it for one that hangs."""
    folders = Folders(state=tmp_path / "state" / "homeport", cache=tmp_path / "cache", temporary=tmp_path)
    lease = Instances(folders).resolve("shed", tmp_path / "stack.py").look_after()
    assert isinstance(lease, House)
    assert homeport("down", "--all").stdout == "nothing runs on this machine\n"
    lease.close()


def test_ps_tells_of_who_looks_after_an_instance(homeport: Homeport, tmp_path: Path) -> None:
    """It is no house, and has no age."""
    folders = Folders(state=tmp_path / "state" / "homeport", cache=tmp_path / "cache", temporary=tmp_path)
    lease = Instances(folders).resolve("shed", tmp_path / "stack.py").look_after()
    assert isinstance(lease, House)
    (told,) = json.loads(homeport("ps", "--json").stdout)
    assert (told["state"].partition(",")[0], told["age"]) == ("being cleaned up", 0.0)
    lease.close()


def test_a_house_that_never_opens_is_not_waited_for_without_end(tmp_path: Path) -> None:
    """It lives, and its socket is where nobody reaches it: who waits is told its process."""
    with pytest.raises(SilentError) as silent:
        answers(RunsAlready("shed", str(tmp_path / "nowhere"), os.getpid()), lambda _: None, longest=0.0)
    assert silent.value.pid == os.getpid()
