"""What the kernel's news of the watched folders means for the rules."""

import os
from typing import NamedTuple

from homeport.adapters.files.kernel import COMES, GONE, IS_FOLDER, LEAVES, LOST, MOVED, MOVED_AWAY, Kernel, News
from homeport.adapters.files.placing import Found, Placing
from homeport.kit.rulebook import Rulebook


class Reading(NamedTuple):
    """What became of some events. ``more`` may wait; the kernel ``dropped`` some; nobody looked for a moment (``gap``)."""

    more: bool
    dropped: bool = False
    gap: bool = False


class Reader:
    """Takes events, reports what changed, and lets folders that came or went be placed. The owner says when to read."""

    def __init__(self, kernel: Kernel, book: Rulebook, placing: Placing, found: Found) -> None:
        self._kernel, self._book, self._placing, self._found = kernel, book, placing, found
        self._stale = False

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
            return Reading(True, dropped, dropped and self._placing.refresh())
        if not dropped and not self._stale:
            return Reading(False)
        self._stale = False
        return Reading(False, dropped, self._placing.refresh())

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
            self._placing.forget(path, below=bool(mask & MOVED_AWAY))
        if mask & COMES and folder in self._placing.scopes:
            self._placing.enter(folder, name, self._placing.scopes[folder], report=True)
        if mask & (COMES | LEAVES):
            self._reroot(folder, name)

    def _vanished(self, folder: str, name: str) -> None:
        """Report a folder that was moved away: its files had no event of their own."""
        path = os.path.join(folder, name)
        if path in self._placing.scopes:
            for scope in self._placing.scopes[path]:
                self._found(path, scope.everyone())

    def _file_event(self, folder: str, name: str, mask: int) -> None:
        path = os.path.join(folder, name)
        for root in self._placing.anchors.at(folder, name):
            if root == path or os.path.realpath(root) == path:
                self._placing.tell(root, self._book.roots[root])
        if mask & (COMES | LEAVES):
            self._reroot(folder, name)
        scopes = self._placing.scopes.get(folder)
        if scopes is not None:
            self._stale |= name == ".gitignore"
            self._placing.report(folder, name, [scope for scope in scopes if scope.root != path])

    def _gone(self, folder: str, mask: int) -> None:
        """A watched folder was deleted or moved: forget it, and look for the roots that it held or was."""
        roots = self._placing.anchors.below(folder)
        if folder in self._book.roots:
            roots.add(folder)
        self._placing.forget(folder, below=bool(mask & MOVED))
        for root in roots:
            self._placing.root(root, report=True)

    def _reroot(self, folder: str, name: str) -> None:
        """A name on the way to roots came or went: place those roots again and report what they hold."""
        for root in self._placing.anchors.at(folder, name):
            if root != os.path.join(folder, name) or os.path.isdir(root) or root in self._placing.scopes:
                self._placing.forget(root, below=True)
                self._placing.root(root, report=True)
