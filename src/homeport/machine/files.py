"""Private files: written whole or not at all, and locks that the kernel releases when their holder dies."""

import contextlib
import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from homeport.model.errors import OutsideError

T = TypeVar("T")


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can enter (0700), its missing parents alike; raises OutsideError when that cannot be."""
    try:
        _make(path)
    except OSError as error:
        raise OutsideError(
            f'the folder "{path}" cannot be made: {error.strerror}', hint="make room or mend its permissions"
        ) from error
    return path


def _make(path: Path) -> None:
    """Make a folder; ``mkdir`` with parents would leave these as open as the umask lets them be."""
    if not path.parent.is_dir():
        _make(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def write_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a private file (0600): readers see the old or the new content, never a part.

    ``durable``: also after a power cut, at the price of waiting for the disk; for what cannot be found out again.
    """
    private_folder(path.parent)
    try:
        temporary = _temporary(path, data, durable)
        try:
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
        if durable:
            _sync_folder(path.parent)
    except OSError as error:
        raise OutsideError(f'"{path}" cannot be written: {error.strerror}', hint=_remedy(error)) from error


def write_new(path: Path, data: bytes) -> bool:
    """Write a private file durably unless it is there already; whether it was written. Two writers never see halves."""
    private_folder(path.parent)
    try:
        temporary = _temporary(path, data, durable=True)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        finally:
            os.unlink(temporary)
        _sync_folder(path.parent)
    except OSError as error:
        raise OutsideError(f'"{path}" cannot be written: {error.strerror}', hint=_remedy(error)) from error
    return True


def _remedy(error: OSError) -> str:
    return "make room on the disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "mend its permissions"


def _temporary(path: Path, data: bytes, durable: bool) -> str:
    """Return a new file beside ``path`` that holds ``data``."""
    file, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(file, "wb") as stream:
            stream.write(data)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
    except OSError:
        os.unlink(temporary)
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def read_json(path: Path, kind: type[T], empty: T) -> tuple[T, str | None]:
    """Read a JSON file of ours; a missing one is ``empty``. A broken one is set aside, and the second value says so.

    Raises OutsideError when it is there and cannot be opened.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind), None
    except FileNotFoundError:
        return empty, None
    except OSError as error:
        # Nothing is wrong with the content: it must not be set aside for want of a descriptor, say.
        raise OutsideError(f'"{path}" cannot be read: {error.strerror}', hint="mend its permissions") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        aside = path.with_name(path.name + ".broken")
        with contextlib.suppress(OSError):
            os.replace(path, aside)
        return empty, f'"{path}" could not be read ({error}); it is kept as "{aside.name}", and a new one begins'


def hold(path: Path, *, wait: bool) -> int | None:
    """Lock a file and return its open descriptor, or None when it is locked and ``wait`` is False.

    The kernel lets go when the descriptor is closed or its process ends, however it ends. Raises OutsideError when the file
    cannot be opened.
    """
    private_folder(path.parent)
    while True:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise OutsideError(f'"{path}" cannot be locked: {error.strerror}', hint="mend its permissions") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(file)
            return None
        if _is_at(file, path):
            return file
        # Somebody removed the file meanwhile: a lock on a file that nobody finds protects nothing.
        os.close(file)


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock of a file; nothing is made when there is none."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock for a moment."""
    file = hold(path, wait=True)
    assert file is not None
    try:
        yield
    finally:
        os.close(file)


def _is_at(file: int, path: Path) -> bool:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(file))
