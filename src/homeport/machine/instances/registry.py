"""Instances: a stack in a checkout. Which there are on this machine, and what each is called.

The first checkout that runs a stack owns the stack's plain name, others are ``stack-folder``, made unique by a number. Names
stay until they are removed, so that folders, ports and addresses that derive from them stay too. A checkout that was moved is
the same instance as before.
"""

import os
from pathlib import Path

import msgspec

from homeport.kit.filenames import file_name, name_in
from homeport.machine.files import locked, read_json, write_whole
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.house import lock_of
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.names import Entry, checked, inode_of, is_gone, new_name, place_of
from homeport.model.errors import RefusedError


class Instances:
    """The registry of this user's instances on this machine. ``notices`` tells what was set aside as unreadable."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._file = folders.state / "instances.json"
        self._lock = folders.state / "instances.lock"
        self.notices: list[str] = []

    def find(self, stack: str, file: Path, name: str | None = None) -> Instance | None:
        """Return the instance of a stack file, if it ever was one here. Nothing is written."""
        fits = (entry for entry in self._read() if entry.stack == stack and _is_at(entry, file, name))
        return next((self._instance(entry) for entry in fits), None)

    def at(self, file: Path, name: str | None = None) -> Instance | None:
        """Return the instance that a stack file had when it last ran here: what is known before the file is read."""
        return next((self._instance(entry) for entry in self._read() if _is_at(entry, file, name)), None)

    def resolve(self, stack: str, file: Path, name: str | None = None) -> Instance:
        """Return the instance of a stack file; the first time it gets a name (or ``name``) that stays.

        Raises RefusedError when ``name`` belongs to another stack or checkout or cannot be a name, and when the house of a
        checkout that was moved here still runs.
        """
        with locked(self._lock):
            entries = self._read()
            known = self._known(entries, stack, file, name)
            entry = known or _new(entries, stack, file, name)
            others = [each for each in entries if each is not known]
            root = os.path.dirname(place_of(file))
            # A file that has its own name keeps that for `up` alone: what it took over by name goes by that name.
            chosen = entry.chosen or any(each.stack == stack and _is_at(each, file, None) for each in others)
            entry = msgspec.structs.replace(entry, root=root, file=str(file), inode=inode_of(root), chosen=chosen)
            if entry != known:
                self._write([entry if each is known else each for each in entries] + [entry] * (known is None))
        return self._instance(entry)

    def _known(self, entries: list[Entry], stack: str, file: Path, name: str | None) -> Entry | None:
        """Return the line of a stack file: its own, or that of a file which was here under another name or path."""
        ours = [entry for entry in entries if entry.stack == stack]
        own = next((entry for entry in ours if _is_at(entry, file, name)), None)
        if own is not None:
            return own
        lost = [entry for entry in ours if is_gone(entry.file)]
        if name is None:
            lost = [entry for entry in lost if not entry.chosen and self._is_the_same(entry, file)]
        moved = next((entry for entry in lost if name is None or entry.name == name), None)
        if moved is not None and (house := self._instance(moved).running()) is not None:
            raise RefusedError(
                f'"{moved.name}" still runs (process {house.pid}) from {moved.file}, which is not there any more',
                hint=f"end it first: homeport --instance {moved.name} down",
            )
        return moved

    def _is_the_same(self, entry: Entry, file: Path) -> bool:
        """Whether the checkout of a lost stack file is the one of ``file``: the file was renamed, or the folder moved.

        A folder keeps its number when it is moved, but a new one may get the number of one that was removed: then nothing
        in it is older than the instance.
        """
        root = os.path.dirname(place_of(file))
        if entry.root == root:
            return True
        if not entry.inode or entry.inode != inode_of(root):
            return False
        try:
            began = lock_of(self._instance(entry).folder).stat().st_mtime
            with os.scandir(root) as within:
                return any(each.stat(follow_symlinks=False).st_ctime < began for each in within)
        except OSError:
            return False

    def named(self, name: str) -> Instance | None:
        """Return the instance of this name."""
        return next((self._instance(entry) for entry in self._read() if entry.name == name), None)

    def kept(self, name: str) -> Instance:
        """Return the instance of this name; of one without a line in the registry only the folder is known."""
        return self.named(name) or self._instance(Entry(name, "", "", ""))

    def all(self) -> list[Instance]:
        """Return every instance, in the order in which they came."""
        return [self._instance(entry) for entry in self._read()]

    def unregistered(self) -> list[Instance]:
        """Return what runs without a line in the registry, which was lost or set aside: its stack and file are not known."""
        folder = self._folders.instances
        known = {file_name(entry.name) for entry in self._read()}
        names = sorted(each.name for each in folder.glob("[!.]*") if each.name not in known)
        found = (self._instance(Entry(name_in(name), "", "", "")) for name in names)
        return [instance for instance in found if instance.running() is not None]

    def everyone(self) -> list[Instance]:
        """Return every instance, in the order in which they came; those last that run without a line in the registry."""
        return [*self.all(), *self.unregistered()]

    def forget(self, name: str) -> None:
        """Remove the line of an instance: its name is free again."""
        with locked(self._lock):
            entries = self._read()
            kept = [entry for entry in entries if entry.name != name]
            if kept != entries:
                self._write(kept)

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
            folder=self._folders.instance(entry.name),
            folders=self._folders,
        )


def _is_at(entry: Entry, file: Path, name: str | None) -> bool:
    """Whether a line is that of a stack file: its chosen ``name``, or the one that it has by itself."""
    return place_of(entry.file) == place_of(file) and (entry.name == name if name is not None else not entry.chosen)


def _new(entries: list[Entry], stack: str, file: Path, name: str | None) -> Entry:
    if name is None:
        primary = not any(entry.primary and entry.stack == stack for entry in entries)
        return Entry(new_name(entries, stack, str(file)), stack, "", str(file), primary=primary)
    wanted = checked(name)
    other = next((entry for entry in entries if entry.name == wanted), None)
    if other is not None:
        raise RefusedError(
            f'the instance name "{wanted}" belongs to the stack "{other.stack}" in {other.root}',
            hint="choose another name; `homeport ps --all` lists those that are taken",
        )
    return Entry(wanted, stack, "", str(file), chosen=True)
