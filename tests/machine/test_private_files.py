"""Private files, whole or not at all, and locks."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from homeport.machine.files import hold, private_folder, read_json, write_new, write_whole
from homeport.model.errors import OutsideError

HOLDER = """
import os, sys
from pathlib import Path
from homeport.machine.files import hold
assert hold(Path(sys.argv[1]), wait=True) is not None
print("held", flush=True)
sys.stdin.read()
"""


def test_a_write_is_whole_and_private(tmp_path: Path) -> None:
    """The new content replaces the old one, nobody else can read it, and nothing else is left."""
    path = tmp_path / "deep" / "file"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["file"]


def test_a_new_file_is_written_once(tmp_path: Path) -> None:
    """The first writer wins, and nothing else is left."""
    assert write_new(tmp_path / "file", b"one")
    assert not write_new(tmp_path / "file", b"two")
    assert (tmp_path / "file").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["file"]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder that is a file is an error in a sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideError, match="cannot be made"):
        write_whole(tmp_path / "file" / "below", b"")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"a": "text"}'])
def test_a_broken_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    """What cannot be read is kept under another name and said; then everything begins anew."""
    path = tmp_path / "known.json"
    path.write_bytes(content)
    found, trouble = read_json(path, dict[str, int], {})
    assert found == {}
    assert "known.json.broken" in (trouble or "")
    assert (tmp_path / "known.json.broken").read_bytes() == content
    assert read_json(path, dict[str, int], {}) == ({}, None)


def test_an_unreadable_file_is_left_alone(tmp_path: Path) -> None:
    """What cannot be opened is an error, and stays where it is: nothing says that its content is wrong."""
    (tmp_path / "known.json").mkdir()
    with pytest.raises(OutsideError, match="cannot be read"):
        read_json(tmp_path / "known.json", dict[str, int], {})
    with pytest.raises(OutsideError, match="cannot be locked"):
        hold(tmp_path / "known.json", wait=False)
    assert os.listdir(tmp_path) == ["known.json"]


def test_a_lock_is_held_by_the_kernel(tmp_path: Path) -> None:
    """Nobody else gets a held lock; it is free as soon as its holder dies, however it dies."""
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert hold(lock, wait=False) is None
        holder.kill()
    file = hold(lock, wait=False)
    assert file is not None
    assert hold(lock, wait=False) is None
    os.close(file)


def test_a_refused_write_speaks_of_room_only_when_there_is_none(tmp_path: Path) -> None:
    """What stands in the way of a file is told with a next step that fits."""
    path = tmp_path / "file"
    path.mkdir()
    with pytest.raises(OutsideError, match="cannot be written") as caught:
        write_whole(path, b"one")
    assert caught.value.hint == "mend its permissions"


def test_folders_are_closed_to_others_up_to_the_top(tmp_path: Path) -> None:
    """Whatever the umask, every folder that is made on the way is closed; one that was there stays as it was."""
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        private_folder(tmp_path / "a" / "b")
        private_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("", "a", "a/b")] == [0o755, 0o700, 0o700]
