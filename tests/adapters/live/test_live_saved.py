"""Saved files in memory: the very bytes of their digests, and no more of them than is bounded."""

import os
from pathlib import Path

from homeport.adapters.live.loading import LARGE
from homeport.adapters.live.reading import digest
from homeport.adapters.live.trees import HELD, saved
from homeport.model.containers import Sync


def test_contents_are_the_very_bytes_of_their_entries(tmp_path: Path) -> None:
    """Whoever sends them needs no other look at the file."""
    (tmp_path / "a").write_bytes(b"one")
    found = saved([Sync(str(tmp_path), "/app")], [str(tmp_path / "a")])["/app/a"]
    assert found is not None
    assert found.content == b"one"
    assert found.entry.digest == digest(b"one")


def test_what_cannot_be_held_is_known_by_its_entry_alone(tmp_path: Path) -> None:
    """A large file, and whatever comes after so many bytes that memory would be wasted; a link has no content at all."""
    (tmp_path / "large").write_bytes(bytes(LARGE + 1))
    os.symlink("large", tmp_path / "link")
    many = [tmp_path / f"{number:03}" for number in range(HELD // LARGE + 3)]
    for each in many:
        each.write_bytes(bytes(LARGE))
    every = [tmp_path / "large", tmp_path / "link", *many]
    found = saved([Sync(str(tmp_path), "/app")], [str(each) for each in every])
    assert all(found.values())
    held = {path: each.content for path, each in found.items() if each is not None and each.content is not None}
    assert "/app/large" not in held
    assert "/app/link" not in held
    assert sum(map(len, held.values())) <= HELD
    assert len(held) == HELD // LARGE
