"""What is kept for instances that nobody will run any more, and for none at all: what ``prune`` names before it removes it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from homeport.kit.filenames import name_in
from homeport.machine.clusters.record import Records, described
from homeport.machine.files import is_held
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.house import lock_of
from homeport.machine.instances.instance import CONTROL
from homeport.machine.instances.names import is_gone
from homeport.machine.instances.registry import Instances
from homeport.machine.listening import is_heard
from homeport.machine.ports.leases import LeaseFile
from homeport.model.errors import RefusedError

TRASH = ".pruned-"
"""How the folder of an instance begins once it is being removed: from then on it belongs to nobody."""

_PARTS = ("data", "logs", "secrets")


class Piece(Struct, frozen=True):
    """A folder or file: ``kind`` is data, logs, secrets, runtime, notes or rest; ``size`` in bytes on the disk."""

    kind: str
    path: str
    size: int


class Remains(Struct, frozen=True):
    """What is kept under one ``name``, and ``why`` it may go.

    ``folder``: all that the instance has in the state folder, None when its instance stays and only the ``pieces`` go.
    ``ports``: numbers that are kept for it. ``clusters``: what it still has on clusters.
    """

    name: str
    why: str
    pieces: tuple[Piece, ...] = ()
    ports: int = 0
    folder: str | None = None
    clusters: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(piece.size for piece in self.pieces)


class Attic:
    """Looks through the folders of one user; nothing is changed."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._known = {instance.name: instance for instance in Instances(folders).all()}
        leases = LeaseFile(folders.leases)
        self._ports = leases.counted()
        self._housed = leases.housed()
        self._runtime = list(folders.runtime_folders())

    def everything(self) -> list[Remains]:
        """Return what nobody needs: of checkouts that are gone, of killed houses, of interrupted removals."""
        gone = [name for name, instance in self._known.items() if is_gone(instance.file) and not self._runs(name)]
        whole = [self._whole(name, f"its stack file is gone ({self._known[name].file})") for name in gone]
        strange = sorted((self._stored() | self._ports.keys()) - self._known.keys())
        whole += [self._whole(name, "no instance has this name") for name in strange if not self._runs(name)]
        return [*whole, *self._stale_runtime({one.name for one in whole}), *self._trash()]

    def chosen(self, names: Sequence[str]) -> list[Remains]:
        """Return all that is kept for these instances. Raises RefusedError for one that is unknown or runs."""
        found = []
        for name in dict.fromkeys(names):
            if name not in self._known.keys() | self._stored() | self._ports.keys():
                raise RefusedError(f'there is no instance "{name}"', hint="`homeport ps --all` lists all instances")
            if self._runs(name):
                raise RefusedError(f'"{name}" runs', hint=f"end it first: homeport --instance {name} down")
            where = f" of {self._known[name].file}" if name in self._known else ""
            found.append(self._whole(name, f"chosen by name{where}"))
        return found

    def _runs(self, name: str) -> bool:
        return is_held(lock_of(self._folders.instance(name)))

    def _stored(self) -> set[str]:
        """Return the names for which there is a folder, or the lock of a house."""
        folder = self._folders.instances
        found = {name_in(name) for name in _entries(folder) if not name.startswith(".")}
        return found | self._housed

    def _whole(self, name: str, why: str) -> Remains:
        folder = self._folders.instance(name)
        pieces = [*_inside(folder), *(_piece("runtime", path) for path, of in self._runtime if of == folder)]
        there = tuple(map(described, Records(folder).all()))
        return Remains(name, why, tuple(pieces), self._ports.get(name, 0), str(folder), there)

    def _stale_runtime(self, told: set[str]) -> Iterator[Remains]:
        """Yield the runtime folders of houses that did not end by themselves: they may hold secrets.

        Without a word of whose it is, a folder is not ours to judge; and what belongs to another state folder (another HOME,
        a test) is that one's business for as long as it is there, or its house lives on without it.
        """
        for path, of in self._runtime:
            if of is None:
                continue
            name = name_in(of.name)
            if of != self._folders.instance(name):
                if not of.exists() and not is_heard(str(path / CONTROL)):
                    yield Remains(name, f"its state folder is gone ({of})", (_piece("runtime", path),))
            elif name not in told and not self._runs(name):
                yield Remains(name, "its house was killed", (_piece("runtime", path),))

    def _trash(self) -> Iterator[Remains]:
        folder = self._folders.instances
        for name in _entries(folder):
            if name.startswith(TRASH):
                path = folder / name
                yield Remains(name, "an interrupted removal", tuple(_inside(path)), 0, str(path))


def _inside(folder: Path) -> Iterator[Piece]:
    """Yield what an instance keeps, each service's data by itself."""
    for path in sorted(folder / "data" / name for name in _entries(folder / "data") if not name.startswith(".")):
        yield _piece("data", path)
    for part in _PARTS[1:]:
        if (folder / part).is_dir():
            yield _piece(part, folder / part)
    rest = [folder / name for name in _entries(folder) if name not in _PARTS]
    if rest:
        yield Piece("notes", str(folder), sum(size_of(path) for path in rest))


def _piece(kind: str, path: Path) -> Piece:
    return Piece(kind, str(path), size_of(path))


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def size_of(path: Path) -> int:
    """Return the bytes that a file or a folder takes on the disk; what cannot be seen does not count."""
    try:
        found = os.lstat(path)
        total = found.st_blocks * 512
        if os.path.isdir(path) and not os.path.islink(path):
            with os.scandir(path) as entries:
                total += sum(size_of(Path(entry.path)) for entry in entries)
    except OSError:
        return 0
    return total
