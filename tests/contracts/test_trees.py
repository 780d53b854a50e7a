"""The promises of who reads the files that containers are to have."""

from pathlib import Path
from typing import Protocol

import pytest

from homeport.adapters.live import trees as disk
from homeport.kit.livefiles import Entry
from homeport.model.containers import Sync
from homeport.ports.fakes.trees import FakeTrees
from homeport.ports.trees import Trees


class Shelf(Protocol):
    """Files, and who reads them."""

    trees: Trees

    def write(self, path: str, text: str | None) -> str:
        """Write a file, or remove it, and return its path."""
        ...


class _Disk:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.trees: Trees = disk

    def write(self, path: str, text: str | None) -> str:
        found = self.root / path
        found.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            found.unlink()
        else:
            found.write_text(text)
        return str(found)


class _Memory:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.trees: Trees = FakeTrees()

    def write(self, path: str, text: str | None) -> str:
        assert isinstance(self.trees, FakeTrees)
        found = str(self.root / path)
        if text is None:
            del self.trees.files[found]
        else:
            self.trees.files[found] = text.encode()
        return found


@pytest.fixture(params=[_Disk, _Memory])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """Either keeper of the promise."""
    made: Shelf = request.param(tmp_path)
    return made


def rule(tmp_path: Path, local: str, remote: str, *ignore: str) -> Sync:
    """Return a rule for a folder of this test."""
    return Sync(str(tmp_path / local), remote, ignore)


def test_all_files_of_the_rules_are_found_by_their_paths_there(shelf: Shelf, tmp_path: Path) -> None:
    """And no others, nor what a rule ignores."""
    for path in ("src/a.py", "src/deep/b.py", "src/x.pyc", "other/c.py", "conf.ini"):
        shelf.write(path, path)
    found = shelf.trees.baseline([rule(tmp_path, "src", "/app", "*.pyc"), rule(tmp_path, "conf.ini", "/etc/conf.ini")])
    assert sorted(found) == ["/app/a.py", "/app/deep/b.py", "/etc/conf.ini"]


def test_an_entry_tells_one_content_from_another(shelf: Shelf, tmp_path: Path) -> None:
    """The same bytes are the same entry, wherever they lie."""
    shelf.write("src/a", "one")
    shelf.write("src/b", "one")
    shelf.write("src/c", "two")
    found = shelf.trees.baseline([rule(tmp_path, "src", "/app")])
    assert found["/app/a"] == found["/app/b"] != found["/app/c"]
    assert found["/app/a"].mode == 0o644
    assert isinstance(found["/app/a"], Entry)


def test_some_paths_are_looked_at_alone(shelf: Shelf, tmp_path: Path) -> None:
    """What is gone is told as such; what no rule covers, or one ignores, is not told at all."""
    rules = [rule(tmp_path, "src", "/app", "*.pyc")]
    paths = [shelf.write(path, "1") for path in ("src/a.py", "src/b.py", "src/c.pyc", "other/d.py")]
    shelf.write("src/b.py", None)
    found = shelf.trees.saved(rules, paths)
    assert sorted(found) == ["/app/a.py", "/app/b.py"]
    assert found["/app/b.py"] is None
    assert found["/app/a.py"] is not None
    assert found["/app/a.py"].entry == shelf.trees.baseline(rules)["/app/a.py"]
    assert found["/app/a.py"].content == b"1"


def test_one_file_may_have_several_places(shelf: Shelf, tmp_path: Path) -> None:
    """Rules with the same folder lead to all of them."""
    path = shelf.write("src/a.py", "1")
    rules = [rule(tmp_path, "src", "/one"), rule(tmp_path, "src", "/two")]
    assert sorted(shelf.trees.baseline(rules)) == sorted(shelf.trees.saved(rules, [path])) == ["/one/a.py", "/two/a.py"]


def test_the_longest_folder_decides(shelf: Shelf, tmp_path: Path) -> None:
    """What a rule for a folder below says, also that a file is ignored, is said for good."""
    for path in ("src/a.py", "src/deep/b.py", "src/deep/c.pyc"):
        shelf.write(path, "1")
    rules = [rule(tmp_path, "src", "/app"), rule(tmp_path, "src/deep", "/deep", "*.pyc")]
    assert sorted(shelf.trees.baseline(rules)) == ["/app/a.py", "/deep/b.py"]


def test_nothing_is_no_trouble(shelf: Shelf, tmp_path: Path) -> None:
    """A folder that is not there has no files."""
    assert dict(shelf.trees.baseline([rule(tmp_path, "src", "/app")])) == {}
    assert dict(shelf.trees.saved([], [])) == {}
