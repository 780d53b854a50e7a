"""Files as members of an archive that every ``tar`` reads: GNU's format, numbers for owners, the time of now."""

import tarfile
import time
from typing import Final

from homeport.kit.livefiles import Entry

_BLOCK: Final = 512
END: Final = bytes(2 * _BLOCK)
"""What an archive ends with."""


def head(path: str, mode: int, size: int) -> bytes:
    """Return what comes before the content of a file."""
    return _head(path, mode, size=size)


def padding(size: int) -> bytes:
    """Return what comes after a content of ``size`` bytes."""
    return bytes(-size % _BLOCK)


def member(path: str, entry: Entry, content: bytes) -> bytes:
    """Return a whole file or symbolic link."""
    if entry.link is not None:
        return _head(path, entry.mode, link=entry.link)
    return head(path, entry.mode, len(content)) + content + padding(len(content))


def _head(path: str, mode: int, *, size: int = 0, link: str | None = None) -> bytes:
    info = tarfile.TarInfo(path.lstrip("/"))
    info.mode, info.size, info.mtime = mode, size, int(time.time())
    if link is not None:
        info.type, info.linkname = tarfile.SYMTYPE, link
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
