"""What an instance has on clusters, so that ``ps``, ``down`` and the next ``up`` know without asking any cluster."""

import secrets
from pathlib import Path

import msgspec
from msgspec import Struct

from homeport.machine.files import locked, read_json, write_new, write_whole
from homeport.model.errors import OutsideError

OWNER = "owner"
"""The file with the id by which objects on clusters are known as this instance's."""


class Record(Struct, frozen=True, omit_defaults=True):
    """Where an instance put objects: one namespace of the cluster that ``context`` led to, which is at ``server``.

    ``owner`` is in a label of every object. ``kinds``: the API and kind of objects that the user's own manifests brought,
    wherever they are. ``services``: the services and tasks that were placed there. ``made``: the namespace is our own.
    ``cleared``: all that is left of it are volumes. Nothing in it is secret.
    """

    context: str
    server: str
    namespace: str
    owner: str
    kinds: tuple[tuple[str, str], ...] = ()
    services: tuple[str, ...] = ()
    made: bool = False
    cleared: bool = False

    @property
    def where(self) -> str:
        """The place as people read it: ``testbed/shop``."""
        return f"{self.context}/{self.namespace}"

    @property
    def place(self) -> tuple[str, str]:
        """What makes it one place: the same cluster may have several names."""
        return self.server, self.namespace


class Records:
    """The records of the instance in ``folder``. ``notices`` tells what was set aside as unreadable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "clusters.json"
        self._lock = folder / "clusters.lock"
        self.notices: list[str] = []

    def owner(self) -> str:
        """Return the id of the instance, made the first time. Raises OutsideError when it cannot be kept or read."""
        file = self._folder / OWNER
        if not file.exists():
            write_new(file, secrets.token_hex(8).encode())
        try:
            return file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise OutsideError(f'"{file}" cannot be read: {error}', hint="mend its permissions") from error

    def all(self) -> tuple[Record, ...]:
        """Return every record, the newest last."""
        if not self._file.exists():
            return ()
        found, trouble = read_json(self._file, list[Record], [])
        if trouble:
            self.notices.append(trouble)
        return tuple(found)

    def keep(self, record: Record) -> None:
        """Remember a place as the newest one; on the disk before this returns, since objects are about to follow."""
        with locked(self._lock):
            before = list(self.all())
            if before[-1:] != [record]:
                self._write([*(each for each in before if each.place != record.place), record])

    def forget(self, record: Record) -> None:
        """Forget a place: nothing of the instance is there any more."""
        with locked(self._lock):
            kept = [each for each in self.all() if each.place != record.place]
            if kept:
                self._write(kept)
            else:
                self._file.unlink(missing_ok=True)

    def _write(self, records: list[Record]) -> None:
        write_whole(self._file, msgspec.json.format(msgspec.json.encode(records)), durable=True)


def described(record: Record) -> str:
    """Return what is there in a few words: ``3 services on testbed/shop``."""
    count = len(record.services)
    what = "volumes" if record.cleared else f"{count} service{'s' * (count != 1)}" if count else "objects"
    return f"{what} on {record.where}"
