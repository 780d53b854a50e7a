"""Instances: their names, their folders, and the one house that each may have."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from homeport.machine.instances.folders import Folders
from homeport.machine.instances.house import House, Running
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.names import is_gone
from homeport.machine.instances.registry import Instances
from homeport.model.errors import RefusedError

UP = """
import sys
from pathlib import Path
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.house import House
from homeport.machine.instances.registry import Instances
base, root = Path(sys.argv[1]), Path(sys.argv[2])
instances = Instances(Folders(base / "state", base / "cache", temporary=base))
instance = instances.resolve("shop", root / "stack.py")
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
    found = [instances.resolve("shop", root / "stack.py") for root in roots]
    assert [instance.name for instance in found] == ["shop", "shop-feature-x", "shop-feature-x-2", "shop-u"]
    assert [instance.primary for instance in found] == [True, False, False, False]
    assert [instances.resolve("shop", root / "stack.py") for root in roots] == found
    assert [instance.name for instance in instances.all()] == [instance.name for instance in found]


def test_a_name_that_looks_like_another_stack_is_no_clash(instances: Instances, tmp_path: Path) -> None:
    """Two stacks never share a name, and each stack has a primary instance."""
    first = instances.resolve("shop", checkout(tmp_path, "x") / "stack.py")
    second = instances.resolve("shop", checkout(tmp_path, "web") / "stack.py")
    third = instances.resolve("shop-web", checkout(tmp_path, "y") / "stack.py")
    assert [first.name, second.name, third.name] == ["shop", "shop-web", "shop-web-y"]
    assert third.primary


def test_links_lead_to_the_same_instance(instances: Instances, tmp_path: Path) -> None:
    """A checkout reached by another path is the same instance."""
    root = checkout(tmp_path, "real")
    (tmp_path / "link").symlink_to(root)
    real, linked = (instances.resolve("shop", folder / "stack.py") for folder in (root, tmp_path / "link"))
    assert (real.name, real.root, real.folder) == (linked.name, linked.root, linked.folder)
    assert instances.at(root / "stack.py") == linked


def test_a_person_may_choose_the_name(instances: Instances, tmp_path: Path) -> None:
    """A chosen name makes an instance beside the checkout's own one; it cannot be another's, nor any text."""
    root, other = checkout(tmp_path, "a"), checkout(tmp_path, "b")
    chosen = instances.resolve("shop", root / "stack.py", "blue")
    assert (chosen.name, chosen.primary) == ("blue", False)
    assert instances.resolve("shop", root / "stack.py").name == "shop"
    assert instances.resolve("shop", root / "stack.py", "blue") == chosen
    with pytest.raises(RefusedError, match=f'"blue" belongs to the stack "shop" in {root}'):
        instances.resolve("shop", other / "stack.py", "blue")
    with pytest.raises(RefusedError, match="cannot be the name"):
        instances.resolve("shop", other / "stack.py", "../x")


def test_looking_writes_nothing(instances: Instances, tmp_path: Path) -> None:
    """Finding an instance that never was makes none."""
    root = checkout(tmp_path, "a")
    assert instances.find("shop", root / "stack.py") is None
    assert instances.named("shop") is None
    assert not (tmp_path / "state").exists()
    made = instances.resolve("shop", root / "stack.py")
    assert instances.find("shop", root / "stack.py") == instances.named("shop") == made


def test_one_house_per_instance(instances: Instances, tmp_path: Path) -> None:
    """The second claim learns who runs; when the house ends, the lease is free and nobody is running."""
    root = checkout(tmp_path, "a")
    instance = instances.resolve("shop", root / "stack.py")
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
        instance = instances.find("shop", root / "stack.py")
        assert instance is not None
        running = instance.running()
        assert running is not None
        assert running.pid == other.pid
        refused = instance.claim(8.0)
        assert isinstance(refused, Running)
        assert refused.pid == other.pid
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
    instance = instances.resolve("shop", root / "stack.py")
    house = instance.claim(7.0)
    assert isinstance(house, House)
    note = instance.folder / "house.json"
    note.write_bytes(note.read_bytes().replace(house.running.birth.encode(), b"another birth"))
    assert instance.running() is None
    house.close()


def test_every_name_is_a_dns_label(instances: Instances, tmp_path: Path) -> None:
    """Odd folders, long ones and long stacks make names of at most 63 small letters, digits and dashes, all different."""
    odd = ["\u65e5\u672c", "---", "Caf\u00e9 \u00c9t\u00e9", "x" * 80, "y/" + "x" * 80, "z/" + "x" * 80, "-a_b.c-", "."]
    for stack in ("shop", "s" * 63, "s" * 62):
        names = []
        for folder in odd:
            root = tmp_path / stack[:1] / str(len(stack)) / folder
            root.mkdir(parents=True, exist_ok=True)
            names.append(instances.resolve(stack, root / "stack.py").name)
        assert len(set(names)) == len(odd)
        assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name) for name in names), names
        assert "shop-cafe-ete" in names or stack != "shop"


@pytest.mark.parametrize("name", ["Blue", "a.b", "a_b", "-a", "a-", "x" * 64, "", "\u00fc", "a b", "a\n"])
def test_a_chosen_name_is_a_dns_label(instances: Instances, tmp_path: Path, name: str) -> None:
    """Instances become parts of host names and namespaces, so a name that could not be one is refused at once."""
    with pytest.raises(RefusedError, match="cannot be the name of an instance") as refused:
        instances.resolve("shop", checkout(tmp_path, "a") / "stack.py", name)
    assert "lower-case letters" in (refused.value.hint or "")
    assert instances.all() == []


def test_two_files_of_one_stack_in_one_folder_are_two_instances(instances: Instances, tmp_path: Path) -> None:
    """Each stack file has its own instance, the second called after the file; a renamed file keeps its instance."""
    root = checkout(tmp_path, "a")
    (root / "slim.py").write_text("")
    first = instances.resolve("shop", root / "stack.py")
    assert instances.resolve("shop", root / "slim.py").name == "shop-slim"
    assert instances.resolve("shop", checkout(tmp_path, "a/a") / "stack.py").name == "shop-a"
    (root / "stack.py").rename(root / "whole.py")
    assert instances.resolve("shop", root / "whole.py").name == first.name
    assert len(instances.all()) == 3


def test_checkouts_that_link_to_one_file_are_two_instances(instances: Instances, tmp_path: Path) -> None:
    """A stack file that is a link belongs to the folder of the link."""
    (tmp_path / "shared.py").write_text("")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "stack.py").symlink_to(tmp_path / "shared.py")
        instances.resolve("shop", tmp_path / name / "stack.py")
    found = [instances.at(tmp_path / name / "stack.py") for name in ("a", "b")]
    assert [instance and instance.name for instance in found] == ["shop", "shop-b"]


def test_a_moved_checkout_is_the_same_instance(instances: Instances, tmp_path: Path) -> None:
    """Where a checkout went, its name, ports and data go; a copy of it, or a new one in its place, is another."""
    root, new = checkout(tmp_path, "a"), tmp_path / "moved" / "b"
    (root / "README").write_text("")
    before = instances.resolve("shop", root / "stack.py")
    ran(before)
    shutil.copytree(root, tmp_path / "copy")
    assert instances.resolve("shop", tmp_path / "copy" / "stack.py").name == "shop-copy"
    new.parent.mkdir()
    root.rename(new)
    moved = instances.resolve("shop", new / "stack.py")
    assert (moved.name, moved.folder, moved.primary) == (before.name, before.folder, True)
    assert moved.root == new
    assert instances.resolve("shop", checkout(tmp_path, "a") / "stack.py").name == "shop-a"


def test_a_new_checkout_with_the_number_of_a_removed_one_is_another(instances: Instances, tmp_path: Path) -> None:
    """File systems give the numbers of removed folders to new ones: those hold nothing from before, and get a new name."""
    root = checkout(tmp_path, "a")
    before = instances.resolve("shop", root / "stack.py")
    ran(before)
    registry = tmp_path / "state" / "instances.json"
    number = root.stat().st_ino
    shutil.rmtree(root)
    new = checkout(tmp_path, "b")
    registry.write_text(registry.read_text().replace(str(number), str(new.stat().st_ino)))
    assert instances.resolve("shop", new / "stack.py").name == "shop-b"


def test_a_moved_checkout_whose_house_runs_is_refused(instances: Instances, tmp_path: Path) -> None:
    """The house runs from a path that is gone: it must end before the stack runs from the new one."""
    root = checkout(tmp_path, "a")
    before = instances.resolve("shop", root / "stack.py")
    ran(before)
    (root / "later").write_text("")
    root.rename(tmp_path / "b")
    house = before.claim(7.0)
    assert isinstance(house, House)
    with pytest.raises(RefusedError, match=f'"shop" still runs \\(process {os.getpid()}\\) from {root}') as refused:
        instances.resolve("shop", tmp_path / "b" / "stack.py")
    assert refused.value.hint == "end it first: homeport --instance shop down"
    house.close()
    assert instances.resolve("shop", tmp_path / "b" / "stack.py").name == "shop"


def test_a_lost_instance_is_taken_over_by_its_name(instances: Instances, tmp_path: Path) -> None:
    """Who says the name of an instance whose checkout is gone continues it elsewhere, beside what is there already."""
    root, new = checkout(tmp_path, "a"), checkout(tmp_path, "b")
    lost = instances.resolve("shop", root / "stack.py")
    assert instances.resolve("shop", new / "stack.py").name == "shop-b"
    with pytest.raises(RefusedError, match="belongs to"):
        instances.resolve("shop", new / "stack.py", "shop")
    shutil.rmtree(root)
    taken = instances.resolve("shop", new / "stack.py", "shop")
    assert (taken.folder, taken.root, taken.primary) == (lost.folder, new, True)
    assert instances.resolve("shop", new / "stack.py").name == "shop-b"
    assert instances.resolve("shop", new / "stack.py", "shop") == taken


def test_a_file_that_cannot_be_seen_is_not_gone(tmp_path: Path) -> None:
    """Only what does not exist is abandoned: a folder that is closed to us for now is not."""
    file = tmp_path / "stack.py"
    assert is_gone(file)
    file.symlink_to(file)  # a loop: there, and cannot be opened
    assert not is_gone(file)


def ran(instance: Instance) -> None:
    """Let a house of an instance have come and gone."""
    house = instance.claim(7.0)
    assert isinstance(house, House)
    house.close()


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
