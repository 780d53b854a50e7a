"""What a house has started, on disk while it lives: a file per house in the instance's folder ``runs``, named by the house.

Lines are added as things happen: ``house PID BIRTH`` first, then ``guard PID BIRTH``, ``began PID BIRTH SIGNAL`` and ``ended
PID``; for containers ``promised`` and a JSON object, and ``released NAME``. A house that ends in order removes its file; a
file whose house is dead tells the next one what may be left.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from homeport.machine.files import private_folder, write_whole
from homeport.machine.liveness import birth_of, is_alive, own_birth
from homeport.model.errors import OutsideError
from homeport.ports.containers import Promise

FOLDER = "runs"
_LONGEST = 4096
"""Lines after which the file is written anew with those that still mean something."""


class Noted(Struct, frozen=True):
    """A command that a house started: ``birth`` tells it from a later process with its number, ``stop`` asks it to end."""

    pid: int
    birth: str
    stop: int


class Account(Struct, frozen=True):
    """What the file of a dead house tells: which ``house`` it was, its last ``guardian``, and what it saw no end of."""

    file: Path
    house: str
    guardian: Noted | None
    runs: tuple[Noted, ...]
    containers: tuple[Promise, ...] = ()


class DiskLedger:
    """Keeps the promises of ``Ledger`` in the folder of an instance. ``say`` hears, once, that the disk refuses."""

    def __init__(self, instance: Path, house: str, say: Callable[[str], None]) -> None:
        self._path = instance / FOLDER / house
        self._say = say
        self._living: dict[int | str, bytes] = {}
        self._guard = b""
        self._lines = 0
        self._file: int | None = None
        self._refused = False
        self._attempt(self._begin)

    def guarded(self, pid: int) -> None:
        """Note the guardian."""
        self._guard = b"guard %d %s\n" % (pid, (birth_of(pid) or "-").encode())
        self._add(self._guard)

    def began(self, pid: int, stop: int) -> None:
        """Note a started command, unless it has ended by now."""
        birth = birth_of(pid)
        if birth is not None:
            self._living[pid] = b"began %d %s %d\n" % (pid, birth.encode(), stop)
            self._add(self._living[pid])

    def ended(self, pid: int) -> None:
        """Note that nothing is left of a command."""
        if self._living.pop(pid, None) is not None:
            self._add(b"ended %d\n" % pid)

    def all_ended(self) -> None:
        """Note that no process is left of anything."""
        for pid in list(self._living):
            if isinstance(pid, int):
                self.ended(pid)

    def promised(self, promise: Promise) -> None:
        """Note a container that is to be removed."""
        self._living[promise.name] = b"promised %s\n" % msgspec.json.encode(promise)
        self._add(self._living[promise.name])

    def released(self, name: str) -> None:
        """Note that a container is removed."""
        if self._living.pop(name, None) is not None:
            self._add(b"released %s\n" % name.encode())

    def close(self) -> None:
        """Let go of the file; it is removed unless something lives on that a later house has to look after."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if not self._living:
            self._attempt(lambda: self._path.unlink(missing_ok=True))

    def _add(self, line: bytes) -> None:
        self._lines += 1
        self._attempt(self._begin if self._file is None or self._lines > _LONGEST else lambda: self._write(line))

    def _write(self, line: bytes) -> None:
        if self._file is not None:
            os.write(self._file, line)

    def _begin(self) -> None:
        """Write the file whole, with what is known to live, and keep it open for what follows."""
        private_folder(self._path.parent)
        known = b"".join((b"house %d %s\n" % (os.getpid(), own_birth().encode()), self._guard, *self._living.values()))
        write_whole(self._path, known)
        if self._file is not None:
            os.close(self._file)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._lines = len(self._living)

    def _attempt(self, act: Callable[[], None]) -> None:
        """Do it; when the disk refuses, programs start all the same, and what a crash leaves is known by its mark alone."""
        try:
            act()
        except (OSError, OutsideError) as error:
            if not self._refused:
                self._refused = True
                reason = error.strerror if isinstance(error, OSError) else error.what
                self._say(f"what runs cannot be noted down ({reason}); after a crash some of it might not be found")


def accounts(instance: Path) -> Iterator[Account]:
    """Yield what dead houses of an instance noted down."""
    folder = instance / FOLDER
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    for name in names:
        account = None if name.startswith(".") else _account(folder / name)
        if account is not None:
            yield account


def _account(file: Path) -> Account | None:
    """Return what a file tells, None while its house lives; a last line that a crash cut off tells nothing."""
    guardian: Noted | None = None
    runs: dict[int, Noted] = {}
    containers: dict[str, Promise] = {}
    try:
        lines = file.read_text("utf-8", "replace").split("\n")[:-1]
    except FileNotFoundError:
        return None
    for line in lines:
        match line.split(" ", 1 if line.startswith("promised ") else -1):
            case ["house", pid, birth] if pid.isdigit() and is_alive(int(pid), birth):
                return None
            case ["guard", pid, birth] if pid.isdigit():
                guardian = Noted(int(pid), birth, 0)
            case ["began", pid, birth, stop] if pid.isdigit() and stop.isdigit():
                runs[int(pid)] = Noted(int(pid), birth, int(stop))
            case ["ended", pid] if pid.isdigit():
                runs.pop(int(pid), None)
            case ["promised", text] if promise := _promise(text):
                containers[promise.name] = promise
            case ["released", name]:
                containers.pop(name, None)
    return Account(file, file.name, guardian, tuple(runs.values()), tuple(containers.values()))


def _promise(text: str) -> Promise | None:
    try:
        return msgspec.json.decode(text, type=Promise)
    except (msgspec.MsgspecError, UnicodeError):
        return None
