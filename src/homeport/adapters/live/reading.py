"""Reading files of this machine that may change while they are read. Everything here blocks: call it in a thread."""

import os
import stat
from hashlib import blake2b
from typing import BinaryIO, Final, NamedTuple

from homeport.adapters.live.entries import link_entry, permissions, unreadable
from homeport.kit.livefiles import Entry

ATTEMPTS: Final = 4
"""How often a file is read that changes under the reader; then what was read last is sent, and a watcher tells of more."""


class Content(NamedTuple):
    """A file as it was read, and what it is: None when it is too large to be held and is to be read in parts."""

    entry: Entry | None
    content: bytes
    mode: int


class Stamp(NamedTuple):
    """What differs after a file was written to."""

    size: int
    modified: int
    changed: int


def read(path: str, limit: int) -> Content | None:
    """Return a whole file of at most ``limit`` bytes, read between two equal stamps; None when it is gone.

    A symbolic link is returned as its entry. Raises OutsideError.
    """
    try:
        if os.path.islink(path):
            return Content(link_entry(os.readlink(path)), b"", 0)
        with open(path, "rb", buffering=0, opener=_opener) as file:
            return _steady(file, limit)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def _steady(file: BinaryIO, limit: int) -> Content | None:
    for _ in range(ATTEMPTS):
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            return None
        mode = permissions(before.st_mode)
        if before.st_size > limit:
            return Content(None, b"", mode)
        file.seek(0)
        content = file.read(before.st_size + 1)  # room for the limit would cost more than the reading of a small file
        if len(content) > before.st_size:
            content += file.read(limit + 1 - len(content))
        if len(content) == before.st_size and stamp(file) == _stamp(before):
            break
    if len(content) > limit:
        return Content(None, b"", mode)
    return Content(Entry(mode, digest(content)), content, mode)


def digest(content: bytes) -> bytes:
    """Return the digest of a content, as the digests of trees have it."""
    return blake2b(content, digest_size=16).digest()


def stamp(file: BinaryIO) -> Stamp:
    """Return the stamp of an open file."""
    return _stamp(os.fstat(file.fileno()))


def open_parts(path: str) -> BinaryIO | None:
    """Open a file that is read in parts; None when it is gone. Raises OutsideError."""
    try:
        return open(path, "rb", buffering=0, opener=_opener)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def _opener(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe that lies among the files."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _stamp(info: os.stat_result) -> Stamp:
    return Stamp(info.st_size, info.st_mtime_ns, info.st_ctime_ns)
