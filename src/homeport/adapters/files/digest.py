"""What files hold, as one short text that changes exactly when they do."""

import os
import stat
import struct
import time
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final

from homeport.adapters.files.preparing import ignores, rulebook
from homeport.adapters.files.walking import matching
from homeport.model.errors import OutsideError
from homeport.model.parts import Files

_CHUNK: Final = 1 << 20
_RACY: Final = 50_000_000
"""Nanoseconds within which a file could change again without a new time stamp: such a file is not remembered."""

_REMEMBERED: Final = 120_000
"""Files that are remembered at most, some 25 MB; beyond that all are read again."""

_STAMP: Final = struct.Struct("=qqQ")
_known: dict[str, bytes] = {}
"""Stamp and digest of the content, together, by path."""


def digest_files(rules: Sequence[Files]) -> str:
    """Return a digest of all files that the rules match: their paths below the base, executable bits and contents.

    The same tree gives the same digest in another place and at another time. A missing base differs from an empty one.
    Blocks while files are read. Raises OutsideError for a file or folder that cannot be read.
    """
    whole = blake2b(digest_size=16)
    for rule in rules:
        whole.update(b"rule\0" if os.path.isdir(rule.base) else b"missing\0")
        book = rulebook({"digest": [rule]})
        for path in sorted(set(matching(book, ignores(book)))):
            for part in _parts(path, _below(rule.base, path)):
                whole.update(b"%d:" % len(part))
                whole.update(part)
    return whole.hexdigest()


def _below(base: str, path: str) -> str:
    """Return the path as seen from the base; patterns may climb out of it."""
    inside = base.rstrip("/") + "/"
    return path[len(inside) :] if path.startswith(inside) else os.path.relpath(path, base)


def _parts(path: str, name: str) -> Iterator[bytes]:
    """Yield what counts of one file: nothing when it went away meanwhile or is a socket, pipe or device."""
    try:
        info = os.stat(path)
    except FileNotFoundError:
        if os.path.islink(path):
            yield from (os.fsencode(name), b"link", os.fsencode(os.readlink(path)))
        return
    except OSError as error:
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(info.st_mode):
        yield from (os.fsencode(name), b"link", os.fsencode(os.readlink(path)))
    elif stat.S_ISREG(info.st_mode):
        content = content_digest(path, info)
        if content is not None:
            yield from (os.fsencode(name), b"x" if info.st_mode & 0o100 else b"-", content)


def content_digest(path: str, info: os.stat_result) -> bytes | None:
    """Return the digest of a file's content, from memory while its stamp (``info``) is the same; None when it is gone.

    Raises OutsideError for a file that cannot be read.
    """
    stamp = _STAMP.pack(info.st_size, info.st_mtime_ns, info.st_ino)
    known = _known.get(path)
    if known is not None and known.startswith(stamp):
        return known[_STAMP.size :]
    hashed = blake2b(digest_size=16)
    try:
        with open(path, "rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                hashed.update(chunk)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    if time.time_ns() - info.st_mtime_ns > _RACY:
        if len(_known) >= _REMEMBERED:
            _known.clear()
        _known[path] = stamp + hashed.digest()
    return hashed.digest()


def _unreadable(path: str, error: OSError) -> OutsideError:
    reason = os.strerror(error.errno or 0).lower()
    return OutsideError(f'file "{path}" cannot be read: {reason}', hint="make it readable for you, or ignore it")
