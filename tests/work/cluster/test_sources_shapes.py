"""Files that become folders, and back."""

from homeport.kit.livefiles import Entry
from homeport.work.cluster.sources import _with

LINK, FILE = Entry(0o777, b"", "t"), Entry(0o644, b"1")


def test_a_link_that_became_a_folder_is_a_link_no_more() -> None:
    """Else what is in the folder would be written through the link, into another place."""
    files = _with({"/app/lk": LINK, "/app/t/a": FILE}, {"/app/lk/a": FILE}, ["/app/lk", "/app/lk/a"])
    assert set(files) == {"/app/lk/a", "/app/t/a"}


def test_a_folder_that_became_a_file_leaves_nothing_below_it() -> None:
    """What was in it is gone with it."""
    files = _with({"/app/d/a": FILE, "/app/d/b": FILE}, {"/app/d": None}, ["/app/d"])
    assert files == {}


def test_a_link_that_became_an_empty_folder_is_gone() -> None:
    """Nothing was found of it, for it has no files."""
    assert _with({"/app/lk": LINK, "/app/a": FILE}, {}, ["/app/lk"]) == {"/app/a": FILE}
