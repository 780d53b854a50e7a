"""Instances: a stack in a checkout. Which there are on this machine, and what each is called.

The first checkout that runs a stack owns the stack's plain name, others are ``stack-folder``, made unique by a number. Names
stay until they are removed, so that folders, ports and addresses that derive from them stay too.
"""

import os
import re
import shutil
from pathlib import Path

import msgspec
from msgspec import Struct

from homeport.machine.files import file_name, locked, private_folder, read_json, write_whole
from homeport.machine.folders import Folders
from homeport.machine.house import House, Running, claim, running_in
from homeport.machine.leases import LeaseFile
from homeport.model.errors import RefusedError

_UNSAFE = re.compile(r"[^a-z0-9]+")


class Entry(Struct, frozen=True, omit_defaults=True):
    """A line of the registry. ``chosen``: a person gave the name; it is not what the checkout gets by itself."""

    name: str
    stack: str
    root: str
    file: str
    primary: bool = False
    chosen: bool = False


class Instance(Struct, frozen=True):
    """One instance: its ``name``, where its ``stack`` file is, whether it is the ``primary`` one, and its ``folder``.

    The primary instance of a stack gets the ports that the file declares.
    """

    name: str
    stack: str
    root: Path
    file: Path
    primary: bool
    folder: Path
    folders: Folders

    @property
    def data(self) -> Path:
        """The folder of the services' data folders."""
        return self.folder / "data"

    @property
    def logs(self) -> Path:
        """The folder of the log store."""
        return self.folder / "logs"

    @property
    def secrets(self) -> Path:
        """The folder of generated secrets and the salt of digests."""
        return self.folder / "secrets"

    @property
    def memory(self) -> Path:
        """The file of what is remembered."""
        return self.folder / "memory.json"

    def runtime(self) -> Path:
        """Return the folder for sockets and files of a run, made when absent: short enough for sockets in it."""
        return self.folders.instance_runtime(self.name)

    def socket(self) -> Path:
        """Return the path of the control socket; its folder is made when absent."""
        return self.runtime() / "control.sock"

    def forget_run(self) -> None:
        """Remove the runtime folder: sockets, and secrets that programs read from files. To be called by the running house."""
        shutil.rmtree(self.runtime(), ignore_errors=True)

    def claim(self, started: float) -> House | Running:
        """Become the running house of this instance, or learn which one it is. ``started``: seconds since the epoch."""
        return claim(private_folder(self.folder), socket=str(self.socket()), started=started)

    def running(self) -> Running | None:
        """Return the house that runs this instance, verified to be alive."""
        return running_in(self.folder)


class Instances:
    """The registry of this user's instances on this machine. ``notices`` tells what was set aside as unreadable."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._file = folders.state / "instances.json"
        self._lock = folders.state / "instances.lock"
        self.notices: list[str] = []

    def find(self, stack: str, root: Path, name: str | None = None) -> Instance | None:
        """Return the instance of a stack in a checkout, if it ever was one here. Nothing is written."""
        return next((self._instance(entry) for entry in self._read() if _fits(entry, stack, _real(root), name)), None)

    def at(self, file: Path, name: str | None = None) -> Instance | None:
        """Return the instance that a stack file had when it last ran here: what is known before the file is read."""
        wanted = os.path.realpath(file)
        fits = (entry for entry in self._read() if os.path.realpath(entry.file) == wanted)
        entry = next((each for each in fits if (each.name == name if name is not None else not each.chosen)), None)
        return self._instance(entry) if entry is not None else None

    def resolve(self, stack: str, root: Path, file: Path, name: str | None = None) -> Instance:
        """Return the instance of a stack in a checkout; the first time it gets a name (or ``name``) that stays.

        Raises RefusedError when ``name`` belongs to another stack or checkout, or cannot be a name.
        """
        if name is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", name):
            raise RefusedError(
                f'"{name}" cannot be the name of an instance', hint="use up to 63 letters, digits, dots and dashes"
            )
        where = _real(root)
        with locked(self._lock):
            entries = self._read()
            known = next((entry for entry in entries if _fits(entry, stack, where, name)), None)
            entry = known or _new(entries, stack, where, str(file), name)
            entry = msgspec.structs.replace(entry, file=str(file))
            if known is None:
                self._write([*entries, entry])
            elif known != entry:
                self._write([entry if other is known else other for other in entries])
        return self._instance(entry)

    def named(self, name: str) -> Instance | None:
        """Return the instance of this name."""
        return next((self._instance(entry) for entry in self._read() if entry.name == name), None)

    def all(self) -> list[Instance]:
        """Return every instance, in the order in which they came."""
        return [self._instance(entry) for entry in self._read()]

    def abandoned(self) -> list[Instance]:
        """Return the instances whose stack file is gone and that do not run: what ``prune`` removes."""
        return [
            instance
            for instance in self.all()
            if not (instance.file.exists() and instance.root.is_dir()) and instance.running() is None
        ]

    def remove(self, instance: Instance) -> None:
        """Forget an instance and remove everything that is kept for it. Raises RefusedError while it runs."""
        with locked(self._lock):
            lease = claim(private_folder(instance.folder), socket="", started=0.0)
            if isinstance(lease, Running):
                raise RefusedError(
                    f'"{instance.name}" is running (process {lease.pid})',
                    hint=f"end it first: homeport down --instance {instance.name}",
                )
            self._write([entry for entry in self._read() if entry.name != instance.name])
            LeaseFile(self._folders.leases).forget(instance.name)
            shutil.rmtree(instance.folder, ignore_errors=True)
            lease.close()

    def _read(self) -> list[Entry]:
        entries, trouble = read_json(self._file, list[Entry], [])
        if trouble:
            self.notices.append(trouble)
        return entries

    def _write(self, entries: list[Entry]) -> None:
        write_whole(self._file, msgspec.json.format(msgspec.json.encode(entries)), durable=True)

    def _instance(self, entry: Entry) -> Instance:
        return Instance(
            name=entry.name,
            stack=entry.stack,
            root=Path(entry.root),
            file=Path(entry.file),
            primary=entry.primary,
            folder=self._folders.state / "instances" / file_name(entry.name),
            folders=self._folders,
        )


def _real(root: Path) -> str:
    return os.path.realpath(root)


def _fits(entry: Entry, stack: str, root: str, name: str | None) -> bool:
    same_place = entry.stack == stack and entry.root == root
    return same_place and (entry.name == name if name is not None else not entry.chosen)


def _new(entries: list[Entry], stack: str, root: str, file: str, name: str | None) -> Entry:
    taken = {entry.name: entry for entry in entries}
    if name is not None:
        if name in taken:
            other = taken[name]
            raise RefusedError(
                f'the instance name "{name}" belongs to the stack "{other.stack}" in {other.root}',
                hint="choose another name; `homeport ps --all` lists those that are taken",
            )
        return Entry(name, stack, root, file, primary=False, chosen=True)
    primary = not any(entry.primary and entry.stack == stack for entry in entries)
    wanted = stack
    if not primary or wanted in taken:
        wanted = f"{stack}-{_UNSAFE.sub('-', os.path.basename(root).lower()).strip('-') or 'root'}"[:63]
    chosen, number = wanted, 2
    while chosen in taken:
        chosen, number = f"{wanted}-{number}", number + 1
    return Entry(chosen, stack, root, file, primary=primary)
