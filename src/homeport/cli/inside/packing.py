"""Files and folders of this machine as archives, and archives as files and folders of this machine."""

import os
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from homeport.model.errors import OutsideError

_PART: Final = 1 << 17
_SHOWN: Final = 5
"""Entries that were left out, named in one sentence."""


def pack(source: Path, name: str, into: IO[bytes]) -> tuple[dict[str, int], list[str]]:
    """Write a file or folder into an archive under another name; return the sizes of its files by their names there.

    Nobody owns anything in it: who unpacks it does. Links stay links. Also returns what was left out, with the reasons.
    Raises OutsideError when something cannot be read.
    """
    sizes: dict[str, int] = {}
    try:
        with _Packing.open(fileobj=into, mode="w", format=tarfile.PAX_FORMAT) as archive:

            def plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
                member.uid = member.gid = 0
                member.uname = member.gname = ""
                if member.isreg():
                    sizes[member.name] = member.size
                if member.isdir() or member.isreg() or member.islnk() or member.issym():
                    return member
                archive.strange.append(member.name)
                return None

            archive.add(source, name, filter=plain)
            return sizes, [f'"{each}" {_STRANGE}' for each in archive.strange]
    except OSError as error:
        raise _unreadable(error, source) from error


class _Packing(tarfile.TarFile):
    """An archive that notes what it cannot hold, such as sockets."""

    strange: list[str]

    def __init__(self, *args: Any, **more: Any) -> None:
        self.strange = []
        super().__init__(*args, **more)

    def gettarinfo(self, name: Any = None, arcname: Any = None, fileobj: Any = None) -> Any:
        """Return what is to be packed, or None."""
        made: Any = super().gettarinfo(name, arcname, fileobj)
        if made is None:
            self.strange.append(str(arcname or name))
        return made


def unpack(archive: IO[bytes], name: str, into: Path) -> tuple[dict[str, int], list[str]]:
    """Unpack what an archive has under ``name`` as ``into``; return the sizes of files by their paths below its folder.

    Links become links, wherever they lead; nothing is written through one. Also returns what was left out, with the reasons.
    Raises OutsideError for an archive that is not whole, and for what cannot be written.
    """
    sizes: dict[str, int] = {}
    refused: list[str] = []
    top = os.path.realpath(into)  # before any member, which may put a link in its place
    try:
        with tarfile.open(fileobj=archive, mode="r:") as found:
            for member in _below(found, name):
                member.name = _moved(member.name, name, into.name)
                if member.islnk():
                    member.linkname = _moved(os.path.normpath(member.linkname), name, into.name)
                if (why := _unpack_one(found, member, into, top)) is not None:
                    refused.append(f'"{member.name}" {why}')
                elif member.isreg():
                    sizes[member.name] = member.size
    except tarfile.TarError as error:
        raise OutsideError(f'"{name}" was not copied whole: {error}', hint="try again, or copy a part of it") from error
    except OSError as error:
        raise OutsideError(
            f'"{error.filename or into}" cannot be written: {(error.strerror or str(error)).lower()}',
            hint="name another place",
        ) from error
    return sizes, refused


_STRANGE: Final = "is neither a file, a folder nor a link"
_THROUGH: Final = "would be written through a link that leads out of the copy"


def _unpack_one(found: tarfile.TarFile, member: tarfile.TarInfo, into: Path, top: str) -> str | None:
    """Unpack a member; return why it was refused. ``top`` is where ``into`` led before the first of them."""
    target = into.parent / member.name
    if not (member.isdir() or member.isreg() or member.islnk() or member.issym()):
        return _STRANGE
    if target != into and not _is_within(target.parent, top):
        return _THROUGH
    if member.islnk() and ((other := into.parent / member.linkname).is_symlink() or not _is_within(other, top)):
        return "is the same file as one outside of the copy"
    if member.isdir():
        if target.is_symlink() and (target != into or os.path.realpath(target) != top):  # its own link at the root, too
            target.unlink()
    elif target.is_dir() and not target.is_symlink():
        return "is a folder here"
    else:
        target.unlink(missing_ok=True)  # what is there may be a link, or have another name elsewhere
    member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
    if member.isdir():
        member.mode = (member.mode | 0o700) & 0o755  # or nothing could be put into it
    elif member.isreg():
        member.mode = (member.mode | 0o600) & (0o755 if member.mode & 0o100 else 0o644)
    trusted = {"filter": "fully_trusted"} if hasattr(tarfile, "data_filter") else {}  # what is not was refused above
    found.extract(member, into.parent, **trusted)  # type: ignore[arg-type]
    return None


def _is_within(path: Path, top: str) -> bool:
    """Whether a path is at or below a folder, all links on the way followed."""
    real = os.path.realpath(path)
    return real == top or real.startswith(f"{top}/")


def _below(found: tarfile.TarFile, name: str) -> Iterator[tarfile.TarInfo]:
    """Yield the members that are, or are below, ``name``."""
    for member in found:
        member.name = os.path.normpath(member.name)
        if member.name == name or (member.name.startswith(f"{name}/") and ".." not in member.name.split("/")):
            yield member


def _moved(path: str, old: str, new: str) -> str:
    """Return a path below ``old`` as one below ``new``."""
    return new + path[len(old) :] if path == old or path.startswith(f"{old}/") else path


def demand_all(left_out: Sequence[str]) -> None:
    """Raise OutsideError that names what was left out of a copy, if anything was."""
    if left_out:
        shown = "; ".join(left_out[:_SHOWN])
        more = f"; and {len(left_out) - _SHOWN} more" if len(left_out) > _SHOWN else ""
        raise OutsideError(f"not everything was copied: {shown}{more}", hint="all else is there")


def sizes_of(path: Path) -> dict[str, int]:
    """Return the sizes of a file, or of all files in a folder, by their paths."""
    below = path.rglob("*") if path.is_dir() else [path]
    return {str(each): each.stat().st_size for each in below if each.is_file() and not each.is_symlink()}


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
