"""The watched folders: which ones the kernel tells about.

Every root (where the patterns of a rule begin) is watched below, pruned by the ignore rules, and anchored: the nearest
existing folder above it is watched for the next name on the way, so that roots may come, go and be replaced.
A folder that appears is read after its watch exists, so nothing written meanwhile is missed. A root for which the kernel
has too few watches is given up as a whole, so that others find room, until ``retry``.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable

from asyncinotify import Watch

from homeport.adapters.files import room
from homeport.adapters.files.anchors import Anchors
from homeport.adapters.files.kernel import Kernel, too_many
from homeport.kit.ignores import Ignores
from homeport.kit.rulebook import Rulebook, Scope
from homeport.model.errors import OutsideError

Found = Callable[[str, Iterable[str]], None]


class Placing:
    """Folders under watch. Blocking calls, no clock: the owner says when to go on.

    ``found`` is called with a changed path and the rules that it matches. ``scopes`` are the parts of the rules that hold in
    each watched folder.
    """

    def __init__(self, kernel: Kernel, book: Rulebook, ignores: Ignores, found: Found) -> None:
        self._kernel, self._book, self._ignores, self._found = kernel, book, ignores, found
        self.scopes: dict[str, tuple[Scope, ...]] = {}
        self.anchors = Anchors()
        self._todo: deque[tuple[str, tuple[Scope, ...], bool]] = deque()
        self._again: deque[str] = deque()
        self._given_up: set[str] = set()
        self._costs: dict[str, int] = {}

    @property
    def folders(self) -> int:
        """How many folders are watched below roots."""
        return len(self.scopes)

    @property
    def pending(self) -> bool:
        """Whether folders wait to be read."""
        return bool(self._todo or self._again)

    @property
    def unseen(self) -> dict[str, OutsideError]:
        """The rules of which some root is given up, and why."""
        roots = sorted(self._given_up)
        return {name: too_many(root) for root in roots for name in room.names(self._book.roots[root])}

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
        self.scopes, self._given_up = {}, set()
        self.anchors.clear()
        self._todo.clear()
        self._again.clear()
        return self._kernel.begin_again()

    def _all_of(self, roots: Iterable[str]) -> None:
        for root in roots:
            self.root(root, report=False)
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

    def step(self) -> None:
        """Watch and read one folder that waits for it, or begin with a root that was given up."""
        if not self._todo:
            root = self._again.popleft()
            self._given_up.discard(root)
            self.root(root, report=False)
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
        known = self.scopes.get(folder, ())
        self.scopes[folder] = (*known, *(each for each in scopes if each not in known)) if known else scopes
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        self.enter(folder, entry.name, scopes, report=report)
                    elif report:
                        self.report(folder, entry.name, scopes)
        except OSError:
            return  # gone or closed to us: there is nothing to tell about it

    def enter(self, folder: str, name: str, scopes: tuple[Scope, ...], *, report: bool) -> None:
        """Let a folder wait for its watch unless it is ignored."""
        if self._ignores.entry(folder, name, is_folder=True):
            return
        path = os.path.join(folder, name)
        below = tuple(scope for scope in scopes if not scope.excludes(path, folder=True))
        if below:
            self._todo.append((path, below, report))

    def report(self, folder: str, name: str, scopes: Iterable[Scope]) -> None:
        """Report a changed file to the rules that it matches, unless it is ignored."""
        if not self._ignores.entry(folder, name, is_folder=False):
            self.tell(os.path.join(folder, name), scopes)

    def tell(self, path: str, scopes: Iterable[Scope]) -> None:
        """Report a changed path, which is not ignored, to the rules that it matches."""
        for scope in scopes:
            if not scope.excludes(path):
                self._found(path, scope.names(path))

    def root(self, root: str, *, report: bool) -> None:
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
                self.anchors.add(*os.path.split(real), root)
        if report and os.path.isfile(root):
            self.tell(root, self._book.roots[root])

    def _anchor(self, root: str) -> None:
        """Watch the nearest existing folder above ``root`` for the next name on the way to it."""
        folder, name = os.path.split(root)
        while name and not self._kernel.watch(folder):
            folder, name = os.path.split(folder)
        if not name:
            return
        self.anchors.add(folder, name, root)
        step = os.path.join(folder, name)
        if step != root and os.path.isdir(step):  # it appeared while the watch was placed
            self._anchor(root)

    def _give_up(self, roots: set[str]) -> None:
        """Watch nothing for some roots any more. When one is given up again, dearer ones need not be tried."""
        self._again.clear()
        self._given_up |= roots
        for root in roots:
            taken = sum(any(scope.root == root for scope in scopes) for scopes in self.scopes.values())
            self._costs[root] = max(taken + 2, self._costs.get(root, 0))
        self.scopes = room.without(roots, self.scopes)
        todo = (
            (folder, tuple(s for s in scopes if s.root not in roots), report) for folder, scopes, report in self._todo
        )
        self._todo = deque(each for each in todo if each[1])
        self.anchors.without(roots)
        for folder in self._kernel.folders:
            if folder not in self.scopes and folder not in self.anchors:
                deque(self._kernel.forget(folder, below=False), 0)

    def forget(self, top: str, *, below: bool) -> None:
        """Watch a folder no more, and when asked for nothing below it."""
        for folder in self._kernel.forget(top, below=below):
            self.scopes.pop(folder, None)
            self.anchors.forget(folder)
