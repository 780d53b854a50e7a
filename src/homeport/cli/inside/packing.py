"""Files and folders of this machine as archives, and archives as files and folders of this machine."""

import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from homeport.model.errors import OutsideError

_PART: Final = 1 << 17


def pack(source: Path, name: str, into: IO[bytes]) -> dict[str, int]:
    """Write a file or folder into an archive under another name; return the sizes of its files by their names there.

    Nobody owns anything in it: who unpacks it does. Raises OutsideError when something cannot be read.
    """
    sizes: dict[str, int] = {}

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        if member.isreg():
            sizes[member.name] = member.size
        return member

    try:
        with tarfile.open(fileobj=into, mode="w", format=tarfile.PAX_FORMAT) as archive:
            archive.add(source, name, filter=plain)
    except OSError as error:
        raise _unreadable(error, source) from error
    return sizes


def unpack(archive: IO[bytes], name: str, into: Path) -> dict[str, int]:
    """Unpack what an archive has under ``name`` as ``into``; return the sizes of files by their paths below it.

    Nothing is written outside of it. Raises OutsideError for what must not or cannot be written.
    """
    sizes: dict[str, int] = {}
    safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    try:
        with tarfile.open(fileobj=archive, mode="r:") as found:
            for member in _below(found, name):
                member.name = _moved(member.name, name, into.name)
                if member.islnk():
                    member.linkname = _moved(os.path.normpath(member.linkname), name, into.name)
                found.extract(member, into.parent, **safely)  # type: ignore[arg-type]
                if member.isreg():
                    sizes[member.name] = member.size
    except tarfile.TarError as error:
        raise OutsideError(f'"{name}" was not copied whole: {error}', hint="try again, or copy a part of it") from error
    except OSError as error:
        raise OutsideError(
            f'"{error.filename or into}" cannot be written: {(error.strerror or str(error)).lower()}',
            hint="name another place",
        ) from error
    return sizes


def _below(found: tarfile.TarFile, name: str) -> Iterator[tarfile.TarInfo]:
    """Yield the members that are, or are below, ``name``."""
    for member in found:
        member.name = os.path.normpath(member.name)
        if member.name == name or (member.name.startswith(f"{name}/") and ".." not in member.name.split("/")):
            yield member


def _moved(path: str, old: str, new: str) -> str:
    """Return a path below ``old`` as one below ``new``."""
    return new + path[len(old) :] if path == old or path.startswith(f"{old}/") else path


def refuse_folder(source: Path) -> int:
    """Return the permissions of a file that is to be copied without tar. Raises OutsideError for a folder."""
    if not source.is_file():
        raise OutsideError(
            f'"{source}" is a folder, and the image has no tar to copy one', hint="copy its files one by one"
        )
    return source.stat().st_mode & 0o777


def landing(name: str, to: Path) -> Path:
    """Return what a copy called ``name`` becomes: in a folder that is there, else ``to`` itself. Raises OutsideError."""
    into = to / name if to.is_dir() else to
    if not into.parent.is_dir():
        raise OutsideError(f'the folder "{into.parent}" does not exist', hint="make it first")
    return into


@contextmanager
def beside_it(into: Path) -> Iterator[IO[bytes]]:
    """Yield a file that takes the place of ``into`` when the block ends well, and is removed when it does not."""
    with tempfile.NamedTemporaryFile(dir=into.parent, prefix=f".{into.name}.", delete=False) as file:
        try:
            yield file
            os.replace(file.name, into)
        except BaseException:
            os.unlink(file.name)
            raise


def parts(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a file from its beginning."""
    file.seek(0)
    while part := file.read(_PART):
        yield part


def _unreadable(error: OSError, source: Path) -> OutsideError:
    why = (error.strerror or str(error)).lower()
    return OutsideError(f'"{error.filename or source}" cannot be read: {why}', hint="name another file or folder")
