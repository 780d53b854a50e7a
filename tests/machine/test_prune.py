"""Pruning: what nobody needs is found, named and removed whole, and nothing else is touched."""

import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from homeport.machine.after.ledger import DiskLedger
from homeport.machine.after.prune import prune
from homeport.machine.after.remains import TRASH, Attic, Remains
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.house import House, Running
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.registry import Instances
from homeport.machine.ports.leases import Lease, LeaseFile
from homeport.model.errors import RefusedError

KILLED = """
import sys
from pathlib import Path
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.registry import Instances
base = Path(sys.argv[1])
instance = Instances(Folders(base / "state", base / "cache", base / "run" / "homeport", temporary=base)).named(sys.argv[2])
instance.claim(7.0)
(instance.runtime() / "secret").write_text("x")
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A user of their own."""
    (tmp_path / "run").mkdir()
    return Folders(tmp_path / "state", tmp_path / "cache", tmp_path / "run" / "homeport", temporary=tmp_path)


def instance(folders: Folders, name: str) -> Instance:
    """Return the instance of a new checkout, which has data, logs, a secret and a leased port."""
    root = folders.temporary / name
    root.mkdir(exist_ok=True)
    (root / "stack.py").write_text("")
    found = Instances(folders).resolve("shop", root / "stack.py")
    for folder in (found.data / "db", found.data / ".ids", found.logs / "api", found.secrets / "key"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x" * 5000)
    with LeaseFile(folders.leases).changing() as leases:
        leases.append(Lease(20000 + len(leases), found.name, "api", "http", 1.0))
    return found


def everything(folders: Folders) -> list[Remains]:
    """Return all that may go."""
    return Attic(folders).everything()


def prune_all(folders: Folders) -> None:
    """Remove all that may go; all of it can be."""
    for remains in everything(folders):
        assert prune(folders, remains, print) == []


def test_what_a_lost_checkout_left_is_named_and_removed(folders: Folders) -> None:
    """Data by service, logs, secrets and ports are named with their sizes; then nothing is left and the name is free."""
    lost, kept = instance(folders, "a"), instance(folders, "b")
    assert everything(folders) == []
    (lost.root / "stack.py").unlink()
    (remains,) = everything(folders)
    assert (remains.name, remains.why, remains.ports) == ("shop", f"its stack file is gone ({lost.file})", 1)
    assert [(piece.kind, Path(piece.path).name) for piece in remains.pieces] == [
        ("data", "db"),
        ("logs", "logs"),
        ("secrets", "secrets"),
    ]
    assert all(piece.size >= 5000 for piece in remains.pieces)
    assert prune(folders, remains, print) == []
    assert everything(folders) == []
    assert os.listdir(folders.state / "instances") == [kept.name]
    assert [lease.instance for lease in LeaseFile(folders.leases).read()] == [kept.name]
    new = instance(folders, "c")
    assert (new.name, new.primary) == ("shop", True)


def test_a_running_instance_is_never_touched(folders: Folders) -> None:
    """Neither with its checkout gone, nor by its name, nor when it began after it was looked at."""
    one = instance(folders, "a")
    (one.root / "stack.py").unlink()
    (remains,) = everything(folders)
    house = one.claim(7.0)
    assert isinstance(house, House)
    assert everything(folders) == []
    with pytest.raises(RefusedError, match='"shop" runs'):
        Attic(folders).chosen(["shop"])
    with pytest.raises(RefusedError, match='"shop" runs by now'):
        prune(folders, remains, print)
    house.close()
    assert (one.data / "db" / "file").exists()
    assert Instances(folders).named("shop") is not None


def test_a_chosen_instance_goes_with_its_checkout_in_place(folders: Folders) -> None:
    """By its name any instance that does not run goes; the checkout itself stays. An unknown name is refused."""
    one = instance(folders, "a")
    (remains,) = Attic(folders).chosen(["shop", "shop"])
    prune(folders, remains, print)
    assert Instances(folders).all() == []
    assert one.file.exists()
    with pytest.raises(RefusedError, match='there is no instance "shop"'):
        Attic(folders).chosen(["shop"])


def test_an_interrupted_removal_is_finished_by_the_next(folders: Folders) -> None:
    """Once it has begun the instance is gone for everybody; what is left of it goes the next time."""
    one = instance(folders, "a")
    aside = one.folder.with_name(f"{TRASH}shop-0123")
    one.folder.rename(aside)
    (trash,) = everything(folders)
    assert (trash.why, [piece.kind for piece in trash.pieces]) == (
        "an interrupted removal",
        ["data", "logs", "secrets"],
    )
    prune_all(folders)
    assert not aside.exists()
    (one.root / "stack.py").unlink()
    prune_all(folders)
    assert Instances(folders).all() == []


def test_folders_and_leases_of_no_instance_are_found(folders: Folders) -> None:
    """What is kept under a name that the registry does not know is as removable as an instance."""
    one = instance(folders, "a")
    (folders.state / "instances.json").unlink()
    with LeaseFile(folders.leases).changing() as leases:
        leases.append(Lease(29000, "unknown", "api", "http", 1.0))
    (folders.leases / "marked.house").write_text("")
    assert {(found.name, found.why) for found in everything(folders)} == {
        (name, "no instance has this name") for name in ("shop", "unknown", "marked")
    }
    prune_all(folders)
    assert everything(folders) == []
    assert not one.folder.exists()
    assert LeaseFile(folders.leases).read() == []


def test_the_runtime_folder_of_a_killed_house_goes_alone(folders: Folders) -> None:
    """Sockets and secret files that a killed house left are removed, while the instance stays."""
    one = instance(folders, "a")
    command = [sys.executable, "-c", KILLED, str(folders.temporary), one.name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as house:
        assert house.stdout is not None
        house.stdout.readline()
        assert everything(folders) == []
        house.kill()
    (remains,) = everything(folders)
    assert (remains.why, [piece.kind for piece in remains.pieces], remains.folder) == (
        "its house was killed",
        ["runtime"],
        None,
    )
    prune_all(folders)
    assert everything(folders) == []
    assert list(folders.runtime_folders()) == []
    assert (one.data / "db" / "file").exists()


def test_only_what_is_lost(tmp_path: Path) -> None:
    """A short runtime folder says whose it is: that of another state folder goes only when that one is gone and silent."""
    mine = Folders(tmp_path / "mine", tmp_path / "cache", temporary=tmp_path)
    other = Folders(tmp_path / "other", tmp_path / "cache", temporary=tmp_path)
    lost, lives, theirs = (other.instance_runtime(name) for name in ("lost", "lives", "theirs"))
    (other.state / "instances" / "theirs").mkdir(parents=True)
    (tmp_path / f"homeport-{os.getuid()}-unknown").mkdir()
    with socket.socket(socket.AF_UNIX) as listener, short(lives) as path:
        listener.bind(f"{path}/control.sock")
        listener.listen()
        (remains,) = everything(mine)
        assert [piece.path for piece in remains.pieces] == [str(lost)]
        prune_all(mine)
    assert not lost.exists()
    assert lives.exists()
    assert theirs.exists()


def test_what_a_killed_house_left_running_is_ended_first(folders: Folders) -> None:
    """No data are removed under a program that still uses them."""
    one = instance(folders, "a")
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as child:
        ledger = DiskLedger(one.folder, "house", print)
        ledger.began(child.pid, 15)
        note = one.folder / "runs" / "house"
        note.write_text(note.read_text().replace(f"house {os.getpid()} ", "house 1 not-"))
        said: list[str] = []
        (remains,) = Attic(folders).chosen(["shop"])
        assert prune(folders, remains, said.append) == []
        assert child.poll() is not None
    assert "sleep" in said[0]


def test_whoever_prunes_says_so(folders: Folders) -> None:
    """Who wants the instance meanwhile learns which process holds it, and that no house is opened there."""
    one = instance(folders, "a")
    met: list[Running | None] = []
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as child:
        ledger = DiskLedger(one.folder, "house", print)
        ledger.began(child.pid, 15)
        note = one.folder / "runs" / "house"
        note.write_text(note.read_text().replace(f"house {os.getpid()} ", "house 1 not-"))
        (remains,) = Attic(folders).chosen(["shop"])
        assert prune(folders, remains, lambda _: met.append(one.running())) == []
    [holder] = met
    assert holder is not None
    assert (holder.pid, holder.socket) == (os.getpid(), "")


def test_a_full_disk_hinders_nobody_who_makes_room(folders: Folders) -> None:
    """Who looks after an instance holds it even where it cannot be written down who that is."""
    one = instance(folders, "a")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        lease = one.look_after()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert isinstance(lease, House)
    lease.close()


@contextmanager
def short(folder: Path) -> Iterator[str]:
    """Give a path to a folder that is short enough for a socket, however deep the folder is."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{opened}"
    finally:
        os.close(opened)
