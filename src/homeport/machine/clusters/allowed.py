"""Contexts of clusters that are not of this machine, and that a person allowed all the same.

A permission is for a name together with an address: the same name that leads elsewhere by now must be asked for again.
"""

import msgspec
from msgspec import Struct

from homeport.machine.files import locked, read_json, write_whole
from homeport.machine.instances.folders import Folders
from homeport.model.errors import RefusedError


class Allowed(Struct, frozen=True):
    """A context by its name, and the address that it led to when it was allowed."""

    context: str
    server: str


class Permissions:
    """The contexts that this user allowed. ``notices`` tells what was set aside as unreadable."""

    def __init__(self, folders: Folders) -> None:
        self._file = folders.state / "contexts.json"
        self._lock = folders.state / "contexts.lock"
        self.notices: list[str] = []

    def all(self) -> list[Allowed]:
        """Return what was allowed, in the order in which that was done."""
        found, trouble = read_json(self._file, list[Allowed], [])
        if trouble:
            self.notices.append(trouble)
        return found

    def allow(self, context: str, server: str) -> None:
        """Remember a permission; it takes the place of one for the same name."""
        wanted = Allowed(context, server)
        with locked(self._lock):
            before = self.all()
            if wanted not in before:
                kept = [each for each in before if each.context != context]
                write_whole(self._file, msgspec.json.format(msgspec.json.encode([*kept, wanted])), durable=True)

    def demand(self, context: str, server: str, doubt: str) -> None:
        """Raise RefusedError unless the context was allowed. ``doubt`` says why it does not look like this machine's own."""
        known = self.all()
        if Allowed(context, server) in known:
            return
        before = next((each.server for each in known if each.context == context), None)
        moved = f", and it was allowed when it led to {before}" if before is not None else ""
        raise RefusedError(
            f'the context "{context}" leads to {server}, which does not look like a cluster of this machine: {doubt}{moved}',
            hint=f"if that is the cluster you mean, allow it once: --context {context} --allow-context",
        )
