"""The promises of bookmarks, kept on disk and in the fake."""

from pathlib import Path

import pytest

from homeport.machine.memory import bookmarks as disk
from homeport.machine.memory.bookmarks import DiskBookmarks
from homeport.model.errors import OutsideError
from homeport.ports.bookmarks import Bookmark, Bookmarks
from homeport.ports.fakes.bookmarks import FakeBookmarks


@pytest.fixture(params=["disk", "memory"])
def bookmarks(request: pytest.FixtureRequest, tmp_path: Path) -> Bookmarks:
    """Either keeper of the promise."""
    return FakeBookmarks() if request.param == "memory" else DiskBookmarks(tmp_path / "bookmarks")


def test_the_last_place_of_each_name_is_remembered(bookmarks: Bookmarks) -> None:
    """A name that is not known is at the beginning."""
    assert bookmarks.find("a") == Bookmark()
    bookmarks.keep("a", Bookmark("1", "t1"))
    bookmarks.keep("b", Bookmark("7", "t7", ended=True))
    bookmarks.keep("a", Bookmark("2", "t2"))
    assert bookmarks.find("a") == Bookmark("2", "t2")
    assert bookmarks.find("b") == Bookmark("7", "t7", ended=True)


def test_places_outlive_a_house(tmp_path: Path) -> None:
    """Also one that died while it wrote: half a line is passed over, and the next one stands by itself."""
    file = tmp_path / "of" / "an" / "instance"
    DiskBookmarks(file).keep("a", Bookmark("1"))
    with file.open("ab") as half:
        half.write(b'["a",{"mark":"2')
    second = DiskBookmarks(file)
    assert second.find("a") == Bookmark("1")
    second.keep("b", Bookmark("3"))
    second.keep("b", Bookmark("4"))
    third = DiskBookmarks(file)
    assert (third.find("a"), third.find("b")) == (Bookmark("1"), Bookmark("4"))
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    """It is written anew now and then, and the oldest names go."""
    file = tmp_path / "bookmarks"
    kept = DiskBookmarks(file)
    for number in range(disk.NAMES + 10):
        kept.keep(f"pod-{number}", Bookmark("m" * 300))
        assert file.stat().st_size <= 2 * disk.LONG + disk.NAMES * 400
    again = DiskBookmarks(file)
    again.keep("one more", Bookmark("1"))
    assert again.find("pod-0") == Bookmark()
    assert again.find(f"pod-{disk.NAMES}") == Bookmark("m" * 300)


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    """For this house the place is remembered all the same, and the next write mends the file."""
    file = tmp_path / "bookmarks"
    kept = DiskBookmarks(file)
    kept.keep("a", Bookmark("1"))
    file.unlink()
    file.mkdir()
    with pytest.raises(OutsideError, match="bookmarks"):
        kept.keep("a", Bookmark("2"))
    assert kept.find("a") == Bookmark("2")
    file.rmdir()
    kept.keep("b", Bookmark("3"))
    assert DiskBookmarks(file).find("a") == Bookmark("2")
