"""What never counts as a source file: litter of tools and editors, and what git was told to leave out."""

import os.path
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Final

from homeport.kit.globs import Glob, glob

LITTER: Final = (
    # version control, installed packages, caches
    *(".git", ".hg/", ".svn/", ".jj/", "node_modules/", ".venv/", "__pycache__/", "*.pyc", "*.pyo", "*.egg-info/"),
    *(".mypy_cache/", ".pytest_cache/", ".ruff_cache/", ".hypothesis/", ".tox/", ".nox/", ".direnv/", ".homeport/"),
    # editors: vim's swap and probe files, backups, emacs locks and autosaves, JetBrains, GNOME, Kate, LibreOffice
    *("*.sw[opx]", "4913", "*~", ".#*", "\\#*#", "*___jb_tmp___", "*___jb_old___", ".idea/", ".goutputstream-*"),
    *("*.kate-swp", ".~lock.*#", ".DS_Store"),
)
_LITTER: Final = Glob(LITTER)

Lines = Callable[[str], tuple[str, ...]]


def nothing(_folder: str) -> tuple[str, ...]:
    """Know of no ``.gitignore`` anywhere."""
    return ()


@lru_cache(maxsize=65536)
def litter(name: str, folder: bool) -> bool:
    """Whether a name alone shows that nobody wrote this by hand."""
    return bool(_LITTER.verdict(name, folder=folder))


class Ignores:
    """Answers for one set of trees.

    ``lines`` returns the lines of the ``.gitignore`` in a folder; ``is_repository`` says where the search upwards ends;
    it ends at ``floors`` too, the folders that lie in no repository.
    """

    def __init__(self, lines: Lines, is_repository: Callable[[str], bool], floors: Collection[str] = ()) -> None:
        self._lines = lines
        self._is_repository = is_repository
        self._floors = frozenset(floors)
        self._chains: dict[str, tuple[tuple[int, Glob], ...]] = {}

    def entry(self, folder: str, name: str, *, is_folder: bool) -> bool:
        """Whether the entry ``name`` of ``folder`` is left out, given that the folder itself is not."""
        if litter(name, is_folder):
            return True
        path = folder.rstrip("/") + "/" + name
        for cut, lines in self._chain(folder):
            said = lines.verdict(path[cut:], folder=is_folder)
            if said is not None:
                return said
        return False

    def below(self, root: str, path: str, *, is_folder: bool = False) -> bool:
        """Whether ``path`` is left out by an entry strictly below ``root``: what is named exactly is meant."""
        cut = len(root)
        while cut < len(path):
            end = path.find("/", cut + 1)
            last = end < 0
            here = path[cut + 1 :] if last else path[cut + 1 : end]
            if self.entry(path[:cut], here, is_folder=is_folder or not last):
                return True
            if last:
                break
            cut = end
        return False

    def forget(self) -> None:
        """Read every ``.gitignore`` again from now on."""
        self._chains.clear()

    def forget_folder(self, folder: str) -> None:
        """Read the ``.gitignore`` of a folder that appeared anew; folders below it are to be told apart."""
        self._chains.pop(folder, None)

    def _chain(self, folder: str) -> tuple[tuple[int, Glob], ...]:
        """Return the compiled ``.gitignore`` files that speak of entries of ``folder``, deepest first."""
        known = self._chains.get(folder)
        if known is None:
            lines = self._lines(folder)
            own = ((len(folder.rstrip("/")) + 1, glob(lines)),) if lines else ()
            ends = folder in self._floors or folder == "/" or self._is_repository(folder)
            known = self._chains[folder] = own if ends else own + self._chain(os.path.dirname(folder))
        return known
