"""What the files of this machine are that a container is to have."""

import os
import stat
from collections.abc import Iterator, Sequence

from homeport.adapters.files.digest import content_digest
from homeport.adapters.files.preparing import ignores, rulebook
from homeport.adapters.files.walking import matching
from homeport.kit.livefiles import Entry, remote_paths
from homeport.model.containers import Sync
from homeport.model.errors import OutsideError
from homeport.model.parts import Files


def baseline(rules: Sequence[Sync]) -> dict[str, Entry]:
    """Return every file that the rules cover, by its path in the container, as it is now.

    Sees what a watcher of the same folders sees: no litter, nothing that git was told to leave out. Blocks while files are
    read (those read before are known by their stamps). Raises OutsideError for what cannot be read.
    """
    found: dict[str, Entry] = {}
    for path in sorted(set(_paths(rules))):
        entry = None
        for remote in remote_paths(rules, path):
            entry = entry or entry_of(path)
            if entry is not None:
                found[remote] = entry
    return found


def entries(rules: Sequence[Sync], paths: Sequence[str]) -> dict[str, Entry | None]:
    """Return what became of some paths of this machine, by their path in the container; None for what is gone.

    A path that is a folder counts for nothing: its files have news of their own. Blocks; raises as ``baseline`` does.
    """
    return {remote: entry_of(path) for path in paths for remote in remote_paths(rules, path) if not _is_folder(path)}


def entry_of(path: str) -> Entry | None:
    """Return a file as it is now; None when it is gone, or is nothing that can be sent. Raises OutsideError."""
    try:
        info = os.lstat(path)
        if stat.S_ISLNK(info.st_mode):
            return link_entry(os.readlink(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    digest = content_digest(path, info) if stat.S_ISREG(info.st_mode) else None
    return None if digest is None else Entry(permissions(info.st_mode), digest)


def link_entry(target: str) -> Entry:
    """Return the entry of a symbolic link."""
    return Entry(0o777, b"", target)


def permissions(mode: int) -> int:
    """Return what a file of this machine may there: executable for all or for nobody, since owners differ."""
    return 0o755 if mode & 0o100 else 0o644


def unreadable(path: str, error: OSError) -> OutsideError:
    """Return the error for a file of this machine that cannot be read."""
    reason = os.strerror(error.errno or 0).lower()
    return OutsideError(f'file "{path}" cannot be read: {reason}', hint="make it readable for you, or ignore it")


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _paths(rules: Sequence[Sync]) -> Iterator[str]:
    for rule in rules:
        if not _is_folder(rule.local):
            if os.path.lexists(rule.local):
                yield rule.local
            continue
        book = rulebook({"sync": [Files(rule.local, ("**",), rule.ignore)]})
        yield from matching(book, ignores(book))
