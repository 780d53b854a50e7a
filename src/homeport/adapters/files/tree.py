"""The watched folders: which ones the kernel tells about, and what its news means for the rules.

Every root (where the patterns of a rule begin) is watched below, pruned by the ignore rules, and anchored: the nearest
existing folder above it is watched for the next name on the way, so that roots may come, go and be replaced.
A folder that appears is read after its watch exists, so nothing written meanwhile is missed.
"""

import errno
import os
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from asyncinotify import Event, Inotify, Mask, Watch

from homeport.kit.ignores import Ignores
from homeport.kit.rulebook import Rulebook, Scope
from homeport.model.errors import OutsideError

_COMES: Final = Mask.CREATE | Mask.MOVED_TO
_GOES: Final = Mask.DELETE | Mask.MOVED_FROM
_ALL: Final = (
    # No MODIFY: a save ends in CLOSE_WRITE, and a log that grows inside the tree must not wake us at every line.
    Mask.CLOSE_WRITE | Mask.ATTRIB | _COMES | _GOES | Mask.MOVE_SELF | Mask.EXCL_UNLINK | Mask.ONLYDIR | Mask.MASK_ADD
)
_COMES_INT, _GOES_INT, _ISDIR = int(_COMES), int(_GOES), int(Mask.ISDIR)
_GONE: Final = int(Mask.IGNORED | Mask.MOVE_SELF)
_LOST: Final = int(Mask.Q_OVERFLOW)
_WATCHES: Final = "fs.inotify.max_user_watches"

Found = Callable[[str, Iterable[str]], None]


class Tree:
    """Folders under watch. Blocking calls, no clock: the owner says when to read and when to go on."""

    def __init__(self, book: Rulebook, ignores: Ignores, found: Found) -> None:
        self._book, self._ignores, self._found = book, ignores, found
        self._kernel = _open_kernel()
        self._watches: dict[int, Watch] = {}
        self._folders: dict[int, set[str]] = {}  # two names may lead to one folder
        self._numbers: dict[str, int] = {}
        self._scopes: dict[str, tuple[Scope, ...]] = {}
        self._anchors: dict[str, dict[str, set[str]]] = {}
        self._todo: deque[tuple[str, tuple[Scope, ...], bool]] = deque()
        self._stale = False

    @property
    def fileno(self) -> int:
        """The descriptor that becomes readable when there is news."""
        return self._kernel.fd

    @property
    def folders(self) -> int:
        """How many folders are watched below roots."""
        return len(self._scopes)

    @property
    def pending(self) -> bool:
        """Whether folders wait to be read."""
        return bool(self._todo)

    def close(self) -> None:
        """Give all watches back."""
        self._kernel.close()

    def place(self) -> None:
        """Place every watch. Raises OutsideError when the kernel has no more of them."""
        for root in self._book.roots:
            self._root(root, report=False)
        while self._todo:
            self.step()

    def refresh(self) -> None:
        """Place every watch again, from what is on disk now, and give back those no longer wanted."""
        while self._todo:
            self.step()
        before = self._watches
        self._watches, self._folders, self._numbers, self._scopes, self._anchors = {}, {}, {}, {}, {}
        self._ignores.forget()
        self.place()
        for number, watch in before.items():
            if number not in self._watches:
                self._drop(watch)

    def read(self, limit: int) -> tuple[bool, bool]:
        """Take at most ``limit`` events; return whether there may be more, and whether events were lost."""
        lost = False
        for _ in range(limit):
            event = self._kernel.sync_get()
            if event is None:
                break
            if int(event.mask) & _LOST:
                lost = True
            else:
                self._event(event)
        else:
            return True, lost
        if self._stale and not lost:
            self._stale = False
            self.refresh()
        return False, lost

    def step(self) -> None:
        """Watch and read one folder that waits for it."""
        folder, scopes, report = self._todo.popleft()
        if not self._add(folder):
            return
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

    def _event(self, event: Event) -> None:
        watch, mask, name = event.watch, int(event.mask), event.name
        folders = self._folders.get(watch.wd) if watch is not None else None
        if watch is None or folders is None:
            return
        for folder in tuple(folders):
            if mask & _GONE:
                self._gone(folder)
            elif name is not None and mask & _ISDIR:
                self._folder_event(folder, str(name), mask)
            elif name is not None:
                self._file_event(folder, str(name), mask)

    def _folder_event(self, folder: str, name: str, mask: int) -> None:
        path = os.path.join(folder, name)
        if mask & _GOES_INT:
            if mask & int(Mask.MOVED_FROM):
                self._vanished(folder, name)
            self._forget(path)
        if mask & _COMES_INT and folder in self._scopes:
            self._enter(folder, name, self._scopes[folder], report=True)
        if mask & (_COMES_INT | _GOES_INT):
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
        if mask & (_COMES_INT | _GOES_INT):
            self._reroot(folder, name)
        scopes = self._scopes.get(folder)
        if scopes is not None:
            self._stale |= name == ".gitignore"
            self._file(folder, name, [scope for scope in scopes if scope.root != path])

    def _gone(self, folder: str) -> None:
        """A watched folder was deleted or moved: forget it, and look for the roots that it held or was."""
        roots = {root for names in self._anchors.get(folder, {}).values() for root in names}
        if folder in self._book.roots:
            roots.add(folder)
        self._forget(folder)
        for root in roots:
            self._root(root, report=True)

    def _reroot(self, folder: str, name: str) -> None:
        """A name on the way to roots came or went: place those roots again and report what they hold."""
        for root in tuple(self._anchors.get(folder, {}).get(name, ())):
            if root != os.path.join(folder, name) or os.path.isdir(root) or root in self._scopes:
                self._forget(root)
                self._root(root, report=True)

    def _root(self, root: str, *, report: bool) -> None:
        """Anchor a root and, when it is there, let it wait for its watch."""
        self._anchor(root)
        if os.path.isdir(root):
            self._todo.append((root, tuple(self._book.roots[root]), report))
        elif os.path.islink(root):
            real = os.path.realpath(root)
            if self._add(os.path.dirname(real)):
                self._anchors.setdefault(os.path.dirname(real), {}).setdefault(os.path.basename(real), set()).add(root)
        if report and os.path.isfile(root):
            self._tell(root, self._book.roots[root])

    def _anchor(self, root: str) -> None:
        """Watch the nearest existing folder above ``root`` for the next name on the way to it."""
        folder, name = os.path.split(root)
        while name and not self._add(folder):
            folder, name = os.path.split(folder)
        if not name:
            return
        self._anchors.setdefault(folder, {}).setdefault(name, set()).add(root)
        step = os.path.join(folder, name)
        if step != root and os.path.isdir(step):  # it appeared while the watch was placed
            self._anchor(root)

    def _add(self, folder: str) -> bool:
        """Watch one folder; False when it is not there or closed to us."""
        try:
            watch = self._kernel.add_watch(folder, _ALL)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise _too_many(folder) from error
            return False
        number = watch.wd
        before = self._numbers.get(folder)
        if before is not None and before != number:
            self._unlink(folder, before)
        self._numbers[folder] = number
        self._watches[number] = watch
        self._folders.setdefault(number, set()).add(folder)
        return True

    def _forget(self, top: str) -> None:
        """Give back the watches of a folder and of all below it."""
        inside = top + "/"
        for folder in [each for each in self._numbers if each == top or each.startswith(inside)]:
            self._unlink(folder, self._numbers.pop(folder))
            self._scopes.pop(folder, None)
            self._anchors.pop(folder, None)

    def _unlink(self, folder: str, number: int) -> None:
        folders = self._folders.get(number)
        if folders is None:
            return
        folders.discard(folder)
        if not folders:
            del self._folders[number]
            self._drop(self._watches.pop(number))

    def _drop(self, watch: Watch) -> None:
        try:
            self._kernel.rm_watch(watch)
        except OSError:
            return  # the kernel took it back already, with the folder


def _open_kernel() -> Inotify:
    try:
        return Inotify(cache_size=256, sync_timeout=0)
    except OSError as error:
        raise OutsideError(
            f"files cannot be watched: the kernel opens no more inotify instances ({error.strerror})",
            hint="raise its limit: sudo sysctl fs.inotify.max_user_instances=512",
        ) from error


def _too_many(folder: str) -> OutsideError:
    return OutsideError(
        f'folder "{folder}" cannot be watched: the limit of the kernel setting {_WATCHES} is reached',
        hint=f"raise it: sudo sysctl {_WATCHES}=524288 (or ignore folders that hold no sources)",
    )
