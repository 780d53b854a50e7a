"""Who gets the kernel's watches when there are too few for all: the stack's own files, then what costs least."""

import os
from collections.abc import Mapping, Sequence

from homeport.kit.ignores import Ignores
from homeport.kit.rulebook import Rulebook, Scope


def cheapest_first(book: Rulebook, costs: dict[str, int]) -> list[str]:
    """Return the roots that have a cost in the order in which they are to be served."""
    return sorted(costs, key=lambda root: ("" not in names(book.roots[root]), costs[root], root))


def names(scopes: Sequence[Scope]) -> set[str]:
    """Return the rules of some scopes."""
    return {name for scope in scopes for name in scope.everyone()}


def cost(root: str, scopes: Sequence[Scope], ignores: Ignores) -> int:
    """Return how many folders are watched for a root: those below it, and the one above."""
    todo, count = [(root, tuple(scopes))], 1
    while todo:
        folder, here = todo.pop()
        try:
            with os.scandir(folder) as entries:
                inside = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue  # not there, a file, or closed to us: it takes no watch
        count += 1
        for name in inside:
            path = os.path.join(folder, name)
            if not ignores.entry(folder, name, is_folder=True):
                below = tuple(scope for scope in here if not scope.excludes(path, folder=True))
                todo += [(path, below)] if below else []
    return count


def without(roots: set[str], known: Mapping[str, tuple[Scope, ...]]) -> dict[str, tuple[Scope, ...]]:
    """Return the folders that are known to be watched for other roots than some, with the scopes of those."""
    left = {folder: tuple(scope for scope in scopes if scope.root not in roots) for folder, scopes in known.items()}
    return {folder: scopes for folder, scopes in left.items() if scopes}
