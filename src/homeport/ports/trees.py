"""The files of this machine that containers are to have."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from homeport.kit.livefiles import Entry
from homeport.model.containers import Sync


class Saved(NamedTuple):
    """A file as it was read. ``content``: the very bytes of the entry; None where they are too many to be held, or a link."""

    entry: Entry
    content: bytes | None = None


class Trees(Protocol):
    """Reads files; blocking, so it is called in threads. Raises OutsideError for what cannot be read."""

    def baseline(self, rules: Sequence[Sync]) -> Mapping[str, Entry]:
        """Return every file that the rules cover, by its path in the container."""
        ...

    def saved(self, rules: Sequence[Sync], paths: Sequence[str]) -> Mapping[str, Saved | None]:
        """Return what became of some paths of this machine, by their path in the container; None for what is gone.

        Each file is read once; the contents of all together are bounded.
        """
        ...
