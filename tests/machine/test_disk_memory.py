"""What is remembered, on disk."""

import shutil
from pathlib import Path

from homeport.machine.memory.disk import DiskMemory
from homeport.model.facts import Done
from homeport.model.wishes import Wishes


def memory_in(tmp_path: Path) -> DiskMemory:
    """Return the memory of one instance, as a new house would open it."""
    return DiskMemory(
        tmp_path / "memory.json", data=tmp_path / "data", secrets=tmp_path / "secrets", runtime=lambda: tmp_path / "run"
    )


def test_everything_outlives_the_house(tmp_path: Path) -> None:
    """Another house remembers the same."""
    first = memory_in(tmp_path)
    first.keep_wishes(Wishes(enabled={"a": False}, args={"t": ("x", "y")}, options={"o": "1"}, paused=frozenset({"b"})))
    first.keep_done("seed", Done("stamp", count=3, turn=1, runs="db:1"))
    identity = first.data_id("db")
    second = memory_in(tmp_path)
    assert second.wishes() == first.wishes()
    assert second.done() == {"seed": Done("stamp", count=3, turn=1, runs="db:1")}
    assert second.data_id("db") == identity
    assert second.notices == []


def test_a_file_of_another_version_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    """Unknown words are passed over, and missing ones have their defaults."""
    (tmp_path / "memory.json").write_text('{"wishes": {"options": {"o": "1"}, "later": 1}, "more": []}')
    assert memory_in(tmp_path).wishes() == Wishes(options={"o": "1"})


def test_a_broken_file_is_said_and_kept(tmp_path: Path) -> None:
    """A file that cannot be read is set aside with a sentence; everything begins anew."""
    (tmp_path / "memory.json").write_text('{"wishes": 7}')
    memory = memory_in(tmp_path)
    assert memory.wishes() == Wishes()
    assert "memory.json.broken" in memory.notices[0]
    memory.keep_wishes(Wishes(options={"o": "1"}))
    assert memory_in(tmp_path).wishes() == Wishes(options={"o": "1"})


def test_nothing_is_written_without_news(tmp_path: Path) -> None:
    """Wishes that do not last, or say the same again, touch no file."""
    memory = memory_in(tmp_path)
    memory.keep_wishes(Wishes(turns={"a": 1}))
    assert not (tmp_path / "memory.json").exists()


def test_folders_are_private_and_new_data_have_a_new_id(tmp_path: Path) -> None:
    """A data folder that was removed by hand is other data."""
    memory = memory_in(tmp_path)
    folder = Path(memory.data_folder("a/b"))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Path(memory.runtime_folder("a/b")).stat().st_mode & 0o777 == 0o700
    first = memory.data_id("a/b")
    shutil.rmtree(folder)
    assert memory.data_id("a/b") != first
    assert folder.is_dir()


def test_removing_data_names_it_first(tmp_path: Path) -> None:
    """What would be removed can be shown before; afterwards nothing of it is left."""
    memory = memory_in(tmp_path)
    (Path(memory.data_folder("a/b")) / "file").write_text("x")
    Path(memory.data_folder("a/b")).chmod(0o500)  # as tools do that keep what they fetched from being changed
    memory.data_folder("db")
    assert memory.data_folders() == {"a/b": tmp_path / "data" / "a%2Fb", "db": tmp_path / "data" / "db"}
    assert memory.remove_data() == []
    assert memory.data_folders() == {}
    assert not (tmp_path / "data" / "a%2Fb").exists()


def test_values_of_secret_options_are_kept_apart(tmp_path: Path) -> None:
    """What is remembered only names them; their file is private, and empty once they are forgotten."""
    memory = memory_in(tmp_path)
    options = {"api-token": "canary-1", "upstream": "http://me:canary-2@host", "level": "debug"}
    memory.keep_wishes(Wishes(options=options))
    values = tmp_path / "secrets" / ".options.json"
    assert "canary" not in (tmp_path / "memory.json").read_text()
    assert values.stat().st_mode & 0o777 == 0o600
    assert memory_in(tmp_path).wishes() == Wishes(options=options)
    memory_in(tmp_path).keep_wishes(Wishes(options={"level": "debug"}))
    assert values.read_text() == "{}"
    assert memory_in(tmp_path).wishes() == Wishes(options={"level": "debug"})


def test_a_lost_value_is_said(tmp_path: Path) -> None:
    """A secret option whose value was removed has its default again, and people are told."""
    memory_in(tmp_path).keep_wishes(Wishes(options={"api-token": "canary-1"}))
    (tmp_path / "secrets" / ".options.json").unlink()
    memory = memory_in(tmp_path)
    assert memory.wishes() == Wishes()
    assert memory.notices == ['the value of the option "api-token" is lost: give it again']


def test_what_was_remembered_in_plain_text_is_moved(tmp_path: Path) -> None:
    """A file of an earlier Homeport, which held the value, holds it no more after the first start."""
    (tmp_path / "memory.json").write_text('{"wishes": {"options": {"api-token": "canary-1"}}}')
    memory = memory_in(tmp_path)
    memory.keep_wishes(memory.wishes())
    assert "canary" not in (tmp_path / "memory.json").read_text()
    assert memory_in(tmp_path).wishes() == Wishes(options={"api-token": "canary-1"})
