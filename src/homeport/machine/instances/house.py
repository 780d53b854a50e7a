"""The lease that a running house holds, so that a second ``up`` never makes a second house of one instance."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from homeport.machine.files import hold, read_json, write_whole
from homeport.machine.liveness import is_alive, own_birth
from homeport.model.errors import OutsideError


class Running(Struct, frozen=True, omit_defaults=True):
    """The house that runs an instance. ``birth`` tells its process from a later one with the same number.

    ``pid`` 0: it holds the lease and has not said yet who it is. No ``socket``: it looks after the instance and opens no house.
    """

    pid: int = 0
    birth: str = ""
    socket: str = ""
    started: float = 0.0


class House:
    """A held lease; it ends with ``close`` or with the process, however that ends."""

    def __init__(self, folder: Path, lock: int, running: Running) -> None:
        self._folder = folder
        self._lock: int | None = lock
        self.running = running

    def move(self, folder: Path) -> None:
        """Move the folder of the instance, with the lease in it: another one may begin where it was."""
        os.rename(self._folder, folder)
        self._folder = folder

    def close(self) -> None:
        """Give the lease back. May be called twice."""
        if self._lock is None:
            return
        _info(self._folder).unlink(missing_ok=True)
        os.close(self._lock)
        self._lock = None


def claim(folder: Path, *, socket: str, started: float) -> House | Running:
    """Take the lease of the instance in ``folder``, or return who holds it.

    ``socket``: where the house will listen; empty for who looks after the instance and opens no house. Raises OutsideError
    when a house cannot say who it is.
    """
    lock = hold(lock_of(folder), wait=False)
    if lock is None:
        found, _ = read_json(_info(folder), Running, Running())
        return found if found.pid and is_alive(found.pid, found.birth) else Running()
    running = Running(pid=os.getpid(), birth=own_birth(), socket=socket, started=started)
    try:
        write_whole(_info(folder), msgspec.json.encode(running))
    except OutsideError:
        if socket:
            os.close(lock)
            raise
        # Who only looks after it may be about to make room on a full disk, and holds it without a word.
    return House(folder, lock, running)


def running_in(folder: Path) -> Running | None:
    """Return the living house of the instance in ``folder``; what a dead one left behind does not count."""
    found, _ = read_json(_info(folder), Running, Running())
    return found if found.pid and is_alive(found.pid, found.birth) else None


def lock_of(folder: Path) -> Path:
    """Return the file that whoever holds the instance in ``folder`` keeps locked."""
    return folder / "house.lock"


def _info(folder: Path) -> Path:
    return folder / "house.json"
