"""The files of this machine that containers are to have."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from homeport.kit.livefiles import Entry
from homeport.model.containers import Sync


class Trees(Protocol):
    """Reads files; blocking, so it is called in threads. Raises OutsideError for what cannot be read."""

    def baseline(self, rules: Sequence[Sync]) -> Mapping[str, Entry]:
        """Return every file that the rules cover, by its path in the container."""
        ...

    def entries(self, rules: Sequence[Sync], paths: Sequence[str]) -> Mapping[str, Entry | None]:
        """Return what became of some paths of this machine, by their path in the container; None for what is gone."""
        ...
