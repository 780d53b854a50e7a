"""What the files of this machine are that a container is to have."""

import os
import stat
from collections.abc import Iterator, Sequence
from typing import Final

from homeport.adapters.files.digest import content_digest
from homeport.adapters.files.preparing import ignores, rulebook
from homeport.adapters.files.walking import matching
from homeport.adapters.live.entries import link_entry, permissions, unreadable
from homeport.adapters.live.loading import LARGE
from homeport.adapters.live.reading import read
from homeport.kit.livefiles import Entry, remote_paths
from homeport.model.containers import Sync
from homeport.model.parts import Files
from homeport.ports.trees import Saved

HELD: Final = 16 << 20
"""Bytes of saved files that are held in memory for whoever sends them; what is beyond is read again by then."""


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


def saved(rules: Sequence[Sync], paths: Sequence[str]) -> dict[str, Saved | None]:
    """Return what became of some paths of this machine, by their path in the container; None for what is gone.

    A path that is a folder counts for nothing: its files have news of their own. Blocks; raises as ``baseline`` does.
    """
    found: dict[str, Saved | None] = {}
    room = HELD
    for path in paths:
        places = () if _is_folder(path) else tuple(remote_paths(rules, path))
        if places:
            made = _saved(path, min(LARGE, room))
            room -= len(made.content or b"") if made is not None else 0
            found |= dict.fromkeys(places, made)
    return found


def _saved(path: str, limit: int) -> Saved | None:
    content = read(path, limit)
    if content is None:
        return None
    if content.entry is None:
        entry = entry_of(path)
        return None if entry is None else Saved(entry)
    return Saved(content.entry, None if content.entry.link is not None else content.content)


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
