"""The digest of files: what changes it and what does not."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from homeport.adapters.files.digest import digest_files
from homeport.model.errors import OutsideError
from homeport.model.parts import Files


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "src/pkg").mkdir(parents=True)
    (root / "src/a.py").write_text("a")
    (root / "src/pkg/b.py").write_text("b")
    (root / "notes.md").write_text("n")
    return root


def digest(root: Path, *patterns: str, ignore: tuple[str, ...] = ()) -> str:
    return digest_files([Files(str(root), patterns or ("**/*.py",), ignore)])


def edit(root: Path) -> None:
    (root / "src/a.py").write_text("x")


def rename(root: Path) -> None:
    (root / "src/a.py").rename(root / "src/c.py")


def remove(root: Path) -> None:
    (root / "src/pkg/b.py").unlink()


def add(root: Path) -> None:
    (root / "src/empty.py").touch()


def make_executable(root: Path) -> None:
    (root / "src/a.py").chmod(0o755)


@pytest.mark.parametrize("change", [edit, rename, remove, add, make_executable])
def test_a_change_of_a_matching_file_changes_the_digest(tree: Path, change: Callable[[Path], None]) -> None:
    """Content, name, presence and the executable bit count."""
    before = digest(tree)
    change(tree)
    assert digest(tree) != before


def test_other_files_time_and_place_do_not_count(tree: Path, tmp_path: Path) -> None:
    """The digest of a copy elsewhere, touched and with other files changed, is the same."""
    before = digest(tree)
    copy = tmp_path / "copy"
    shutil.copytree(tree, copy)
    (copy / "notes.md").write_text("other")
    (copy / "node_modules").mkdir()
    (copy / "node_modules/x.py").touch()
    os.utime(copy / "src/a.py", (1, 1))
    assert digest(copy) == before


def test_ignored_files_do_not_count(tree: Path) -> None:
    """Own ignore lists and .gitignore files take files out."""
    before = digest(tree)
    (tree / "gen").mkdir()
    (tree / "gen/x.py").touch()
    (tree / "out.py").touch()
    assert digest(tree, ignore=("gen/", "out.py")) == before
    (tree / ".gitignore").write_text("gen/\n/out.py\n")
    assert digest(tree) == before


def test_a_file_named_exactly_counts_although_it_is_ignored(tree: Path) -> None:
    """An ignored file that a rule names outright is one of its inputs."""
    (tree / ".gitignore").write_text(".env\n")
    before = digest(tree, "/.env")
    (tree / ".env").write_text("A=1")
    assert digest(tree, "/.env") != before


def test_a_missing_base_is_not_an_empty_one(tmp_path: Path) -> None:
    """Nothing to read and nothing there are two things, and both are stable."""
    missing = digest(tmp_path / "none")
    (tmp_path / "some").mkdir()
    assert missing == digest(tmp_path / "none")
    assert missing != digest(tmp_path / "some")


def test_a_second_edit_of_the_same_size_is_seen(tree: Path) -> None:
    """Two edits within one tick of the file system's clock still differ."""
    seen = set()
    for i in range(50):
        (tree / "src/a.py").write_text(f"{i:02}")
        seen.add(digest(tree))
    assert len(seen) == 50


def test_an_edit_of_an_old_file_is_seen(tree: Path) -> None:
    """What is remembered of a file holds only while its stamp does."""
    os.utime(tree / "src/a.py", (1, 1))
    before = digest(tree)
    assert digest(tree) == before
    (tree / "src/a.py").write_text("z")
    os.utime(tree / "src/a.py", (2, 2))
    assert digest(tree) != before


def test_links_count_by_what_they_lead_to(tree: Path) -> None:
    """A link to a file counts with the file's content; a link to nowhere or to a folder by its text."""
    (tree / "src/link.py").symlink_to("../notes.md")
    (tree / "src/dead.py").symlink_to("nowhere")
    (tree / "src/folder.py").symlink_to("pkg")
    before = digest(tree)
    (tree / "notes.md").write_text("new")
    between = digest(tree)
    assert between != before
    (tree / "src/dead.py").unlink()
    (tree / "src/dead.py").symlink_to("elsewhere")
    assert digest(tree) != between


def test_what_is_no_file_is_left_out(tree: Path) -> None:
    """A pipe or socket among the files is neither read nor waited for."""
    before = digest(tree)
    os.mkfifo(tree / "src/pipe.py")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tree / "src/sock.py"))
        assert digest(tree) == before


def test_an_unreadable_file_is_an_error_that_names_it(tree: Path) -> None:
    """What cannot be read is said with its path and what to do."""
    if os.geteuid() != 0:
        (tree / "src/a.py").chmod(0)
    elif os.path.exists("/proc/self/mem"):  # root reads everything but this: its first page is no memory
        (tree / "src/a.py").unlink()
        (tree / "src/a.py").symlink_to("/proc/self/mem")
    else:
        pytest.skip("root reads everything here")
    with pytest.raises(OutsideError, match=r'a\.py" cannot be read: ') as caught:
        digest(tree)
    assert caught.value.hint == "make it readable for you, or ignore it"


def test_the_order_of_rules_counts_and_they_do_not_mix(tree: Path) -> None:
    """Two rules give another digest than the same rules the other way round, or than one of them."""
    one, two = Files(str(tree), ("src/*.py",)), Files(str(tree), ("*.md",))
    assert len({digest_files(rules) for rules in ([one, two], [two, one], [one], [two], [])}) == 5
