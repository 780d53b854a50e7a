"""Where the way to a root may change: by watched folder and the next name on the way."""

from collections.abc import Set as AbstractSet


class Anchors:
    """Which roots wait for which name in which folder."""

    def __init__(self) -> None:
        self._roots: dict[str, dict[str, set[str]]] = {}

    def __contains__(self, folder: str) -> bool:
        return folder in self._roots

    def add(self, folder: str, name: str, root: str) -> None:
        """Let a root be told of when a name in a folder comes or goes."""
        self._roots.setdefault(folder, {}).setdefault(name, set()).add(root)

    def at(self, folder: str, name: str) -> tuple[str, ...]:
        """Return the roots that a name in a folder is on the way to."""
        return tuple(self._roots.get(folder, {}).get(name, ()))

    def below(self, folder: str) -> set[str]:
        """Return the roots that any name in a folder is on the way to."""
        return {root for names in self._roots.get(folder, {}).values() for root in names}

    def forget(self, folder: str) -> None:
        """Nothing waits for names in this folder any more."""
        self._roots.pop(folder, None)

    def without(self, roots: AbstractSet[str]) -> None:
        """Let some roots wait for nothing any more."""
        left = {
            folder: {name: kept for name, known in names.items() if (kept := known - roots)}
            for folder, names in self._roots.items()
        }
        self._roots = {folder: names for folder, names in left.items() if names}

    def clear(self) -> None:
        """Forget all."""
        self._roots.clear()
