"""Reading a tree the way the watcher sees it: pruned by the ignore rules, links to folders not followed."""

import os
from collections.abc import Iterator, Sequence

from homeport.kit.ignores import Ignores
from homeport.kit.rulebook import Rulebook, Scope
from homeport.model.errors import OutsideError


def matching(book: Rulebook, ignores: Ignores) -> Iterator[str]:
    """Yield the paths of all files that a rule matches, a path once per root. Raises OutsideError for closed folders."""
    for root, scopes in book.roots.items():
        if os.path.isdir(root):
            yield from _below(root, scopes, ignores)
        elif os.path.lexists(root) and _wanted(root, scopes):
            yield root


def _below(root: str, scopes: Sequence[Scope], ignores: Ignores) -> Iterator[str]:
    todo = [(root, tuple(scopes))]
    while todo:
        folder, here = todo.pop()
        for entry in _entries(folder):
            is_folder = entry.is_dir(follow_symlinks=False)
            if ignores.entry(folder, entry.name, is_folder=is_folder):
                continue
            if not is_folder:
                if _wanted(entry.path, here):
                    yield entry.path
            elif below := tuple(scope for scope in here if not scope.excludes(entry.path, folder=True)):
                todo.append((entry.path, below))


def _wanted(path: str, scopes: Sequence[Scope]) -> bool:
    return any(not scope.excludes(path) and any(True for _ in scope.names(path)) for scope in scopes)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []  # removed since its name was read
    except OSError as error:
        raise OutsideError(
            f'folder "{folder}" cannot be read: {os.strerror(error.errno or 0).lower()}',
            hint="make it readable for you, or ignore it",
        ) from error
