"""Files that are a dictionary."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from homeport.kit.livefiles import Entry, remote_paths
from homeport.model.containers import Sync
from homeport.model.errors import OutsideError
from homeport.ports.trees import Saved


class FakeTrees:
    """``files``: contents by absolute path. ``refusal``: why they cannot be read."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.refusal: OutsideError | None = None

    def baseline(self, rules: Sequence[Sync]) -> Mapping[str, Entry]:
        """Return every file that the rules cover, by its path in the container."""
        if self.refusal is not None:
            raise self.refusal
        return {remote: _entry(self.files[path]) for path in sorted(self.files) for remote in remote_paths(rules, path)}

    def saved(self, rules: Sequence[Sync], paths: Sequence[str]) -> Mapping[str, Saved | None]:
        """Return what became of some paths, by their path in the container."""
        if self.refusal is not None:
            raise self.refusal
        return {
            remote: Saved(_entry(self.files[path]), self.files[path]) if path in self.files else None
            for path in paths
            for remote in remote_paths(rules, path)
        }


def _entry(content: bytes) -> Entry:
    return Entry(0o644, blake2b(content, digest_size=16).digest())
