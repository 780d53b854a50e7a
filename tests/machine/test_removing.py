"""Removing folders that resist."""

from pathlib import Path

import pytest

from homeport.machine.after.removing import insist, removed
from homeport.model.errors import OutsideError


def test_closed_folders_are_removed_and_links_not_followed(tmp_path: Path) -> None:
    """Folders that a program closed to writing go as well; what a link leads to stays."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("")
    closed = tmp_path / "data" / "a" / "b"
    closed.mkdir(parents=True)
    (closed / "file").write_text("")
    (closed / "link").symlink_to(tmp_path / "elsewhere")
    closed.chmod(0o500)
    closed.parent.chmod(0o500)
    assert removed(tmp_path / "data")
    assert (tmp_path / "elsewhere" / "file").exists()


def test_what_could_not_be_removed_is_named_with_a_next_step() -> None:
    """Nothing is said of nothing; else the first is named, the others are counted."""
    insist([], "homeport prune")
    with pytest.raises(OutsideError, match='"/a" could not be removed, nor 1 more') as caught:
        insist(["/a", "/b"], "homeport prune")
    assert "`homeport prune` again" in (caught.value.hint or "")
