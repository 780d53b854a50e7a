"""Instances: their names, their folders, and the one house that each may have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from homeport.machine.folders import Folders
from homeport.machine.house import House, Running
from homeport.machine.instances import Instances
from homeport.machine.leases import Lease, LeaseFile
from homeport.model.errors import RefusedError

UP = """
import sys
from pathlib import Path
from homeport.machine.folders import Folders
from homeport.machine.house import House
from homeport.machine.instances import Instances
base, root = Path(sys.argv[1]), Path(sys.argv[2])
instances = Instances(Folders(base / "state", base / "cache", temporary=base))
instance = instances.resolve("shop", root, root / "stack.py")
house = instance.claim(7.0)
print(instance.name, "house" if isinstance(house, House) else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def instances(tmp_path: Path) -> Instances:
    """A machine of its own."""
    return Instances(Folders(tmp_path / "state", tmp_path / "cache", temporary=tmp_path))


def checkout(tmp_path: Path, name: str) -> Path:
    """Return a folder with a stack file."""
    root = tmp_path / name
    root.mkdir(parents=True)
    (root / "stack.py").write_text("")
    return root


def test_the_first_checkout_owns_the_plain_name(instances: Instances, tmp_path: Path) -> None:
    """The first has the stack's name and its ports; others are called after their folder, made unique; names stay."""
    roots = [checkout(tmp_path, name) for name in ("a/Shop main", "b/feature_X", "c/feature-x", "d/ü")]
    found = [instances.resolve("shop", root, root / "stack.py") for root in roots]
    assert [instance.name for instance in found] == ["shop", "shop-feature-x", "shop-feature-x-2", "shop-root"]
    assert [instance.primary for instance in found] == [True, False, False, False]
    assert [instances.resolve("shop", root, root / "stack.py") for root in roots] == found
    assert [instance.name for instance in instances.all()] == [instance.name for instance in found]


def test_a_name_that_looks_like_another_stack_is_no_clash(instances: Instances, tmp_path: Path) -> None:
    """Two stacks never share a name, and each stack has a primary instance."""
    first = instances.resolve("shop", checkout(tmp_path, "x"), tmp_path / "x" / "stack.py")
    second = instances.resolve("shop", checkout(tmp_path, "web"), tmp_path / "web" / "stack.py")
    third = instances.resolve("shop-web", checkout(tmp_path, "y"), tmp_path / "y" / "stack.py")
    assert [first.name, second.name, third.name] == ["shop", "shop-web", "shop-web-y"]
    assert third.primary


def test_links_lead_to_the_same_instance(instances: Instances, tmp_path: Path) -> None:
    """A checkout reached by another path is the same instance."""
    root = checkout(tmp_path, "real")
    (tmp_path / "link").symlink_to(root)
    assert instances.resolve("shop", root, root / "stack.py") == instances.resolve(
        "shop", tmp_path / "link", root / "stack.py"
    )


def test_a_person_may_choose_the_name(instances: Instances, tmp_path: Path) -> None:
    """A chosen name makes an instance beside the checkout's own one; it cannot be another's, nor any text."""
    root, other = checkout(tmp_path, "a"), checkout(tmp_path, "b")
    chosen = instances.resolve("shop", root, root / "stack.py", "blue")
    assert (chosen.name, chosen.primary) == ("blue", False)
    assert instances.resolve("shop", root, root / "stack.py").name == "shop"
    assert instances.resolve("shop", root, root / "stack.py", "blue") == chosen
    with pytest.raises(RefusedError, match=f'"blue" belongs to the stack "shop" in {root}'):
        instances.resolve("shop", other, other / "stack.py", "blue")
    with pytest.raises(RefusedError, match="cannot be the name"):
        instances.resolve("shop", other, other / "stack.py", "../x")


def test_looking_writes_nothing(instances: Instances, tmp_path: Path) -> None:
    """Finding an instance that never was makes none."""
    root = checkout(tmp_path, "a")
    assert instances.find("shop", root) is None
    assert instances.named("shop") is None
    assert not (tmp_path / "state").exists()
    made = instances.resolve("shop", root, root / "stack.py")
    assert instances.find("shop", root) == instances.named("shop") == made


def test_one_house_per_instance(instances: Instances, tmp_path: Path) -> None:
    """The second claim learns who runs; when the house ends, the lease is free and nobody is running."""
    root = checkout(tmp_path, "a")
    instance = instances.resolve("shop", root, root / "stack.py")
    assert instance.running() is None
    house = instance.claim(7.0)
    assert isinstance(house, House)
    refused = instance.claim(8.0)
    assert isinstance(refused, Running)
    assert (refused.pid, refused.socket, refused.started) == (os.getpid(), str(instance.socket()), 7.0)
    assert instance.running() == refused
    house.close()
    house.close()
    assert instance.running() is None
    again = instance.claim(9.0)
    assert isinstance(again, House)
    again.close()


def test_a_killed_house_leaves_no_lease(instances: Instances, tmp_path: Path) -> None:
    """After kill -9 nobody is running, whatever is written on disk, and the next one may begin."""
    root = checkout(tmp_path, "a")
    with up(tmp_path, root) as other:
        assert answer(other) == "shop house"
        instance = instances.find("shop", root)
        assert instance is not None
        running = instance.running()
        assert running is not None
        assert running.pid == other.pid
        refused = instance.claim(8.0)
        assert isinstance(refused, Running)
        assert refused.pid == other.pid
        with pytest.raises(RefusedError, match=f"is running \\(process {other.pid}\\)"):
            instances.remove(instance)
        other.kill()
    assert instance.running() is None
    house = instance.claim(9.0)
    assert isinstance(house, House)
    house.close()


def test_only_one_of_many_becomes_the_house(tmp_path: Path) -> None:
    """Of several started at once in one checkout one becomes the house; each of several checkouts has its own name."""
    root = checkout(tmp_path, "same")
    others = [up(tmp_path, root) for _ in range(4)] + [up(tmp_path, checkout(tmp_path, f"{n}/copy")) for n in range(4)]
    answers = [answer(other) for other in others]
    for other in others:
        other.kill()
        with other:
            pass
    assert sum(said.endswith("house") for said in answers[:4]) == 1
    assert len({said.split()[0] for said in answers[:4]}) == 1
    assert all(said.endswith("house") for said in answers[4:])
    assert len({said.split()[0] for said in answers}) == 5


def test_a_reused_process_number_is_not_the_house(instances: Instances, tmp_path: Path) -> None:
    """A living process with the number of a dead house is not taken for it."""
    root = checkout(tmp_path, "a")
    instance = instances.resolve("shop", root, root / "stack.py")
    house = instance.claim(7.0)
    assert isinstance(house, House)
    note = instance.folder / "house.json"
    note.write_bytes(note.read_bytes().replace(house.running.birth.encode(), b"another birth"))
    assert instance.running() is None
    house.close()


def test_abandoned_instances_can_be_removed(instances: Instances, tmp_path: Path) -> None:
    """What belongs to a removed checkout is found and removed wholly; the plain name is free again."""
    root, kept = checkout(tmp_path, "a"), checkout(tmp_path, "b")
    gone = instances.resolve("shop", root, root / "stack.py")
    instances.resolve("shop", kept, kept / "stack.py")
    (gone.data / "db").mkdir(parents=True)
    with LeaseFile(gone.folders.leases).changing() as leases:
        leases += [Lease(20000, "shop", "api", "http", 0.0), Lease(20001, "shop-b", "api", "http", 0.0)]
    assert instances.abandoned() == []
    (root / "stack.py").unlink()
    assert instances.abandoned() == [gone]
    instances.remove(gone)
    assert [instance.name for instance in instances.all()] == ["shop-b"]
    assert not gone.folder.exists()
    assert [lease.instance for lease in LeaseFile(gone.folders.leases).read()] == ["shop-b"]
    new = checkout(tmp_path, "c")
    assert instances.resolve("shop", new, new / "stack.py").primary


def test_a_broken_registry_is_told(instances: Instances, tmp_path: Path) -> None:
    """A registry that cannot be read is set aside and said, never a crash."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "instances.json").write_text("{")
    assert instances.all() == []
    assert "instances.json.broken" in instances.notices[0]


def up(base: Path, root: Path) -> subprocess.Popen[bytes]:
    """Start a process that tries to be the house of a checkout."""
    return subprocess.Popen(
        [sys.executable, "-c", UP, str(base), str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def answer(process: subprocess.Popen[bytes]) -> str:
    """Return what it says."""
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()
