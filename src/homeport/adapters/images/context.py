"""The files of a build's context: those that count, and what each of them is."""

import os
import stat
from collections.abc import Iterator

from homeport.adapters.files.digest import content_digest
from homeport.kit.dockerignore import DockerIgnore
from homeport.kit.imageinputs import Reads
from homeport.model.errors import OutsideError

Part = tuple[str, bytes]


def narrowed(context: str, reads: Reads) -> tuple[str, ...] | None:
    """Return the paths of the context that the build reads; None: all, also where links may lead anywhere."""
    if reads.paths is None:
        return None
    for path in reads.paths:
        pieces = path.split("/")
        roads = ["/".join(pieces[: at + 1]) for at in range(len(pieces))]
        if any(os.path.islink(os.path.join(context, road)) for road in roads):
            return None
        if path in reads.followed and _holds_link(os.path.join(context, path)):
            return None
    return tuple(path for path in reads.paths if not any(path.startswith(other + "/") for other in reads.paths))


def parts(context: str, paths: tuple[str, ...] | None, ignore: DockerIgnore) -> Iterator[Part]:
    """Yield what counts of each file, folder and link, in the order of their paths. Raises OutsideError for closed ones."""
    for path in ("",) if paths is None else paths:
        if path and not ignore.takes_back and ignore.excludes(path):
            continue
        try:
            info = os.lstat(os.path.join(context, path))
        except FileNotFoundError:
            yield path, b"missing"
            continue
        if stat.S_ISDIR(info.st_mode):
            yield from _folder(context, path, ignore)
        elif not ignore.excludes(path):
            yield from _entry(context, path, info)


def _folder(context: str, folder: str, ignore: DockerIgnore) -> Iterator[Part]:
    for entry in _entries(os.path.join(context, folder)):
        path = f"{folder}/{entry.name}" if folder else entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        excluded = ignore.excludes(path)
        if is_folder and excluded and ignore.closes(path):
            continue
        try:
            info = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if not excluded:
            yield from _entry(context, path, info)
        if is_folder:
            yield from _folder(context, path, ignore)


def _entry(context: str, path: str, info: os.stat_result) -> Iterator[Part]:
    mode = b"%o " % stat.S_IMODE(info.st_mode)
    if stat.S_ISLNK(info.st_mode):
        try:
            yield path, b"link " + os.fsencode(os.readlink(os.path.join(context, path)))
        except FileNotFoundError:
            return
    elif stat.S_ISDIR(info.st_mode):
        yield path, mode + b"folder"
    elif stat.S_ISREG(info.st_mode):
        content = content_digest(os.path.join(context, path), info)
        if content is not None:
            yield path, mode + content


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return []  # removed since its name was read
    except OSError as error:
        raise OutsideError(
            f'folder "{folder}" cannot be read: {os.strerror(error.errno or 0).lower()}',
            hint="make it readable for you, or name it in the ignore file of the image",
        ) from error


def _holds_link(folder: str) -> bool:
    return any(entry.is_symlink() for entry in _entries(folder)) if os.path.isdir(folder) else False
