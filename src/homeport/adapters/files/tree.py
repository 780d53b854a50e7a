"""The watched folders: which ones the kernel tells about, and what its news means for the rules.

Every root (where the patterns of a rule begin) is watched below, pruned by the ignore rules, and anchored: the nearest
existing folder above it is watched for the next name on the way, so that roots may come, go and be replaced.
A folder that appears is read after its watch exists, so nothing written meanwhile is missed. A root for which the kernel
has too few watches is given up as a whole, so that others find room, until ``retry``.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from asyncinotify import Watch

from homeport.adapters.files import room
from homeport.adapters.files.kernel import (
    COMES,
    GONE,
    IS_FOLDER,
    LEAVES,
    LOST,
    MOVED,
    MOVED_AWAY,
    Kernel,
    News,
    too_many,
)
from homeport.kit.ignores import Ignores
from homeport.kit.rulebook import Rulebook, Scope
from homeport.model.errors import OutsideError

Found = Callable[[str, Iterable[str]], None]


class Reading(NamedTuple):
    """What became of some events. ``more`` may wait; the kernel ``dropped`` some; nobody looked for a moment (``gap``)."""

    more: bool
    dropped: bool = False
    gap: bool = False


class Tree:
    """Folders under watch. Blocking calls, no clock: the owner says when to read and when to go on.

    ``found`` is called with a changed path and the rules that it matches.
    """

    def __init__(self, book: Rulebook, ignores: Ignores, found: Found) -> None:
        self._book, self._ignores, self._found = book, ignores, found
        self._kernel = Kernel()
        self._scopes: dict[str, tuple[Scope, ...]] = {}
        self._anchors: dict[str, dict[str, set[str]]] = {}
        self._todo: deque[tuple[str, tuple[Scope, ...], bool]] = deque()
        self._again: deque[str] = deque()
        self._given_up: set[str] = set()
        self._costs: dict[str, int] = {}
        self._stale = False

    @property
    def fileno(self) -> int:
        """The descriptor that becomes readable when there is news."""
        return self._kernel.fileno

    @property
    def folders(self) -> int:
        """How many folders are watched below roots."""
        return len(self._scopes)

    @property
    def pending(self) -> bool:
        """Whether folders wait to be read."""
        return bool(self._todo or self._again)

    @property
    def unread(self) -> bool:
        """Whether ``read`` has news of which ``fileno`` does not tell."""
        return self._kernel.unread

    @property
    def unseen(self) -> dict[str, OutsideError]:
        """The rules of which some root is given up, and why."""
        roots = sorted(self._given_up)
        return {name: too_many(root) for root in roots for name in room.names(self._book.roots[root])}

    def close(self) -> None:
        """Give all watches back."""
        self._kernel.close()

    def place(self) -> bool:
        """Place every watch from what is on disk now; return whether some were given back for a moment, for want of room."""
        before = self._begin_again()
        self._all_of(self._book.roots)
        short = bool(self._given_up)
        self._kernel.drop_unused(before)
        if short:
            self._kernel.drop_unused(self._begin_again())
            self._costs = {root: room.cost(root, each, self._ignores) for root, each in self._book.roots.items()}
            self._all_of(room.cheapest_first(self._book, self._costs))
        return short

    def _begin_again(self) -> Iterable[Watch]:
        self._scopes, self._anchors, self._given_up = {}, {}, set()
        self._todo.clear()
        self._again.clear()
        return self._kernel.begin_again()

    def _all_of(self, roots: Iterable[str]) -> None:
        for root in roots:
            self._root(root, report=False)
            while self._todo:
                self.step()

    def refresh(self) -> bool:
        """Place every watch again, as ``place`` does, by the newest ignore rules."""
        while self._todo:
            self.step()
        self._ignores.forget()
        return self.place()

    def retry(self) -> None:
        """Let the roots that were given up wait for their watches again; nothing that they hold is reported."""
        self._ignores.forget()  # nobody saw whether fewer folders are wanted by now
        self._again.extend(room.cheapest_first(self._book, {root: self._costs[root] for root in self._given_up}))

    def read(self, limit: int) -> Reading:
        """Take at most ``limit`` events; when some were lost, all is placed again."""
        dropped = False
        for _ in range(limit):
            news = self._kernel.read()
            if news is None:
                break
            dropped |= bool(news.mask & LOST)
            self._take(news)
        else:
            return Reading(True, dropped, dropped and self.refresh())
        if not dropped and not self._stale:
            return Reading(False)
        self._stale = False
        return Reading(False, dropped, self.refresh())

    def step(self) -> None:
        """Watch and read one folder that waits for it, or begin with a root that was given up."""
        if not self._todo:
            root = self._again.popleft()
            self._given_up.discard(root)
            self._root(root, report=False)
            return
        folder, scopes, report = self._todo.popleft()
        try:
            if not self._kernel.watch(folder):
                return
        except OutsideError:
            self._give_up({scope.root for scope in scopes})
            return
        if report:
            self._ignores.forget_folder(folder)
        known = self._scopes.get(folder, ())
        self._scopes[folder] = (*known, *(each for each in scopes if each not in known)) if known else scopes
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        self._enter(folder, entry.name, scopes, report=report)
                    elif report:
                        self._file(folder, entry.name, scopes)
        except OSError:
            return  # gone or closed to us: there is nothing to tell about it

    def _enter(self, folder: str, name: str, scopes: tuple[Scope, ...], *, report: bool) -> None:
        """Let a folder wait for its watch unless it is ignored."""
        if self._ignores.entry(folder, name, is_folder=True):
            return
        path = os.path.join(folder, name)
        below = tuple(scope for scope in scopes if not scope.excludes(path, folder=True))
        if below:
            self._todo.append((path, below, report))

    def _file(self, folder: str, name: str, scopes: Iterable[Scope]) -> None:
        """Report a changed file to the rules that it matches."""
        if self._ignores.entry(folder, name, is_folder=False):
            return
        self._tell(os.path.join(folder, name), scopes)

    def _tell(self, path: str, scopes: Iterable[Scope]) -> None:
        for scope in scopes:
            if not scope.excludes(path):
                self._found(path, scope.names(path))

    def _take(self, news: News) -> None:
        for folder in news.folders:
            if news.mask & GONE:
                self._gone(folder, news.mask)
            elif news.name is not None and news.mask & IS_FOLDER:
                self._folder_event(folder, news.name, news.mask)
            elif news.name is not None:
                self._file_event(folder, news.name, news.mask)

    def _folder_event(self, folder: str, name: str, mask: int) -> None:
        path = os.path.join(folder, name)
        if mask & LEAVES:
            if mask & MOVED_AWAY:
                self._vanished(folder, name)
            # A deleted folder was empty; the folders that it once held had news of their own.
            self._forget(path, below=bool(mask & MOVED_AWAY))
        if mask & COMES and folder in self._scopes:
            self._enter(folder, name, self._scopes[folder], report=True)
        if mask & (COMES | LEAVES):
            self._reroot(folder, name)

    def _vanished(self, folder: str, name: str) -> None:
        """Report a folder that was moved away: its files had no event of their own."""
        path = os.path.join(folder, name)
        if path in self._scopes:
            for scope in self._scopes[path]:
                self._found(path, scope.everyone())

    def _file_event(self, folder: str, name: str, mask: int) -> None:
        path = os.path.join(folder, name)
        for root in self._anchors.get(folder, {}).get(name, ()):
            if root == path or os.path.realpath(root) == path:
                self._tell(root, self._book.roots[root])
        if mask & (COMES | LEAVES):
            self._reroot(folder, name)
        scopes = self._scopes.get(folder)
        if scopes is not None:
            self._stale |= name == ".gitignore"
            self._file(folder, name, [scope for scope in scopes if scope.root != path])

    def _gone(self, folder: str, mask: int) -> None:
        """A watched folder was deleted or moved: forget it, and look for the roots that it held or was."""
        roots = {root for names in self._anchors.get(folder, {}).values() for root in names}
        if folder in self._book.roots:
            roots.add(folder)
        self._forget(folder, below=bool(mask & MOVED))
        for root in roots:
            self._root(root, report=True)

    def _reroot(self, folder: str, name: str) -> None:
        """A name on the way to roots came or went: place those roots again and report what they hold."""
        for root in tuple(self._anchors.get(folder, {}).get(name, ())):
            if root != os.path.join(folder, name) or os.path.isdir(root) or root in self._scopes:
                self._forget(root, below=True)
                self._root(root, report=True)

    def _root(self, root: str, *, report: bool) -> None:
        """Anchor a root and, when it is there, let it wait for its watch; one that is given up waits for ``retry``."""
        if root in self._given_up:
            return
        try:
            self._anchor(root)
            self._enter_root(root, report=report)
        except OutsideError:
            self._give_up({root})

    def _enter_root(self, root: str, *, report: bool) -> None:
        if os.path.isdir(root):
            self._todo.append((root, tuple(self._book.roots[root]), report))
        elif os.path.islink(root):
            real = os.path.realpath(root)
            if self._kernel.watch(os.path.dirname(real)):
                self._anchors.setdefault(os.path.dirname(real), {}).setdefault(os.path.basename(real), set()).add(root)
        if report and os.path.isfile(root):
            self._tell(root, self._book.roots[root])

    def _anchor(self, root: str) -> None:
        """Watch the nearest existing folder above ``root`` for the next name on the way to it."""
        folder, name = os.path.split(root)
        while name and not self._kernel.watch(folder):
            folder, name = os.path.split(folder)
        if not name:
            return
        self._anchors.setdefault(folder, {}).setdefault(name, set()).add(root)
        step = os.path.join(folder, name)
        if step != root and os.path.isdir(step):  # it appeared while the watch was placed
            self._anchor(root)

    def _give_up(self, roots: set[str]) -> None:
        """Watch nothing for some roots any more. When one is given up again, dearer ones need not be tried."""
        self._again.clear()
        self._given_up |= roots
        for root in roots:
            taken = sum(any(scope.root == root for scope in scopes) for scopes in self._scopes.values())
            self._costs[root] = max(taken + 2, self._costs.get(root, 0))
        self._scopes = _without(roots, self._scopes)
        todo = (
            (folder, tuple(s for s in scopes if s.root not in roots), report) for folder, scopes, report in self._todo
        )
        self._todo = deque(each for each in todo if each[1])
        for names in self._anchors.values():
            for name in tuple(names):
                names[name] -= roots
                if not names[name]:
                    del names[name]
        self._anchors = {folder: names for folder, names in self._anchors.items() if names}
        for folder in self._kernel.folders:
            if folder not in self._scopes and folder not in self._anchors:
                deque(self._kernel.forget(folder, below=False), 0)

    def _forget(self, top: str, *, below: bool) -> None:
        for folder in self._kernel.forget(top, below=below):
            self._scopes.pop(folder, None)
            self._anchors.pop(folder, None)


def _without(roots: set[str], known: Mapping[str, tuple[Scope, ...]]) -> dict[str, tuple[Scope, ...]]:
    left = {folder: tuple(scope for scope in scopes if scope.root not in roots) for folder, scopes in known.items()}
    return {folder: scopes for folder, scopes in left.items() if scopes}
