"""Where things are kept."""

import os
import shutil
import socket
import tempfile
from pathlib import Path

import pytest

from homeport.machine.instances.folders import SOCKET_PATH, Folders, folders_of, home_of, verified_folder
from homeport.model.errors import OutsideError


def test_the_xdg_folders_are_used() -> None:
    """The XDG variables say where; relative ones do not count; without them it is below HOME."""
    full = folders_of({"HOME": "/h", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c", "XDG_RUNTIME_DIR": "/r"})
    assert (full.state, full.cache, full.runtime) == (Path("/s/homeport"), Path("/c/homeport"), Path("/r/homeport"))
    bare = folders_of({"HOME": "/h", "XDG_STATE_HOME": "relative", "XDG_RUNTIME_DIR": ""})
    assert (bare.state, bare.cache) == (Path("/h/.local/state/homeport"), Path("/h/.cache/homeport"))
    assert bare.runtime is None
    assert folders_of({}).state.is_absolute()


def test_a_user_without_a_home_is_told_so() -> None:
    """A container may run us as a user that nobody has written down: that is an error only where a home is needed."""
    nobody = 3_999_999_999
    with pytest.raises(OutsideError, match="HOME is not set"):
        home_of({}, nobody)
    assert home_of({"HOME": "/h"}, nobody) == Path("/h")


def folders(tmp_path: Path, runtime: Path | None) -> Folders:
    """Return folders below a test's own; the short ones go where paths are short enough for sockets."""
    return Folders(tmp_path / "state", tmp_path / "cache", runtime, temporary=tmp_path)


def test_the_runtime_folder_is_used_when_it_is_there(tmp_path: Path) -> None:
    """An instance's sockets are in the session's folder when that is ours and short enough."""
    with tempfile.TemporaryDirectory(dir="/tmp") as session:
        found = folders(tmp_path, Path(session) / "homeport").instance_runtime("shop")
        assert found == Path(session) / "homeport" / "shop"
        assert found.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("runtime", [None, "missing/homeport", "l" * 90 + "/homeport"])
def test_a_short_folder_takes_its_place(tmp_path: Path, runtime: str | None) -> None:
    """Without a usable session folder it is a short private one, the same each time, and another per instance."""
    if runtime is not None and runtime.startswith("l"):
        (tmp_path / runtime).parent.mkdir()
    where = folders(tmp_path, None if runtime is None else tmp_path / runtime)
    found = where.instance_runtime("shop")
    assert found.parent == tmp_path
    assert found.name.startswith(f"homeport-{os.getuid()}-")
    assert found.stat().st_mode & 0o777 == 0o700
    assert where.instance_runtime("shop") == found != where.instance_runtime("other")


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """A link, a file or another's folder in place of ours is an error with a way out; an open folder is closed."""
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "file").write_text("")
    for name in ("link", "file"):
        with pytest.raises(OutsideError, match="belongs to somebody else") as caught:
            verified_folder(tmp_path / name)
        assert caught.value.hint
    (tmp_path / "open").mkdir(mode=0o777)
    (tmp_path / "open").chmod(0o777)
    assert verified_folder(tmp_path / "open").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_with_another_owner_is_refused(tmp_path: Path) -> None:
    """A folder that another user made where ours should be is never used."""
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 12345, 12345)
    with pytest.raises(OutsideError, match="belongs to somebody else"):
        verified_folder(tmp_path / "theirs")


def test_a_socket_can_be_bound_there(tmp_path: Path) -> None:
    """What is given for a socket works for one, however long the instance's name, with room for a service's own."""
    where = Folders(tmp_path / "state", tmp_path / "cache")
    found = where.instance_runtime("an instance with a very long name" * 5)
    assert len(str(found)) + len("/postgres/.s.PGSQL.65535.lock") <= SOCKET_PATH
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(found / "control.sock"))
    shutil.rmtree(found)
