"""The kernel's side of watching on Linux: which folders it tells about, under which names, and its limits."""

import errno
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from asyncinotify import Inotify, Mask, Watch

from homeport.model.errors import OutsideError

COMES: Final = int(Mask.CREATE | Mask.MOVED_TO)
LEAVES: Final = int(Mask.DELETE | Mask.MOVED_FROM)
MOVED_AWAY: Final = int(Mask.MOVED_FROM)
IS_FOLDER: Final = int(Mask.ISDIR)
MOVED: Final = int(Mask.MOVE_SELF)
GONE: Final = int(Mask.IGNORED) | MOVED
LOST: Final = int(Mask.Q_OVERFLOW)
_ALL: Final = (
    # No MODIFY: a save ends in CLOSE_WRITE, and a log that grows inside the tree must not wake us at every line.
    Mask.CLOSE_WRITE
    | Mask.ATTRIB
    | Mask.CREATE
    | Mask.DELETE
    | Mask.MOVE
    | Mask.MOVE_SELF
    | Mask.EXCL_UNLINK
    | Mask.ONLYDIR
)
_WATCHES: Final = "fs.inotify.max_user_watches"
_INSTANCES: Final = "fs.inotify.max_user_instances"
_GATHER: Final = 1000
"""Watches given back after which the kernel's news are taken in: each one makes news, and its queue is finite."""
MORE_EVENTS: Final = "raise the limit: sudo sysctl fs.inotify.max_queued_events=131072"
"""What makes it rarer that the kernel drops events."""


class News(NamedTuple):
    """What happened to ``name`` (None: to the folder itself) in a folder, which may have several names."""

    folders: tuple[str, ...]
    name: str | None
    mask: int


class Kernel:
    """One inotify instance whose watches are known by their folders' names."""

    def __init__(self) -> None:
        self._inotify = _open()
        self._watches: dict[int, Watch] = {}
        self._folders: dict[int, set[str]] = {}  # two names may lead to one folder
        self._numbers: dict[str, int] = {}
        self._gathered: deque[News] = deque()
        self._dropped = 0

    @property
    def folders(self) -> tuple[str, ...]:
        """The names of all watched folders."""
        return tuple(self._numbers)

    @property
    def unread(self) -> bool:
        """Whether there is news of which ``fileno`` does not tell."""
        return bool(self._gathered)

    @property
    def fileno(self) -> int:
        """The descriptor that becomes readable when there is news."""
        return self._inotify.fd

    def close(self) -> None:
        """Give all watches back."""
        self._inotify.close()

    def read(self) -> News | None:
        """Return the next news, or None when there is none; lost events have no folder."""
        return self._gathered.popleft() if self._gathered else self._news()

    def _news(self) -> News | None:
        event = self._inotify.sync_get()
        if event is None:
            return None
        folders = self._folders.get(event.watch.wd, ()) if event.watch is not None else ()
        return News(tuple(folders), None if event.name is None else str(event.name), int(event.mask))

    def watch(self, folder: str) -> bool:
        """Watch one folder; False when it is not there or closed to us. Raises OutsideError at the kernel's limit."""
        try:
            watch = self._inotify.add_watch(folder, _ALL)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise too_many(folder) from error
            return False
        before = self._numbers.get(folder)
        if before is not None and before != watch.wd:
            self._unlink(folder, before)
        self._numbers[folder] = watch.wd
        self._watches[watch.wd] = watch
        self._folders.setdefault(watch.wd, set()).add(folder)
        return True

    def forget(self, top: str, *, below: bool) -> Iterator[str]:
        """Give back the watch of a folder, and when asked for of all below it; yield their names."""
        inside = top + "/"
        everyone = self._numbers if below else ()
        for folder in [top] * (top in self._numbers) + [each for each in everyone if each.startswith(inside)]:
            self._unlink(folder, self._numbers.pop(folder))
            yield folder

    def begin_again(self) -> Iterable[Watch]:
        """Forget all names; return the watches, for ``drop_unused`` once all was asked for again."""
        before = tuple(self._watches.values())
        self._watches, self._folders, self._numbers = {}, {}, {}
        return before

    def drop_unused(self, watches: Iterable[Watch]) -> None:
        """Give back those of ``watches`` that nobody asked for again since."""
        for watch in watches:
            if watch.wd not in self._watches:
                self._drop(watch)

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
            self._inotify.rm_watch(watch)
        except OSError:
            return  # the kernel took it back already, with the folder
        self._dropped += 1
        while self._dropped % _GATHER == 0 and (news := self._news()) is not None:
            if not news.mask & GONE or news.folders:
                self._gathered.append(news)


def _open() -> Inotify:
    try:
        return Inotify(cache_size=256, sync_timeout=0)
    except OSError as error:
        raise OutsideError(
            f"files cannot be watched: the limit of the kernel setting {_INSTANCES} is reached",
            hint=f"raise it: sudo sysctl {_INSTANCES}=512",
        ) from error


def too_many(folder: str) -> OutsideError:
    """Return the error of a folder that finds no watch."""
    return OutsideError(
        f'folder "{folder}" cannot be watched: the limit of the kernel setting {_WATCHES} is reached',
        hint=f"raise it: sudo sysctl {_WATCHES}=524288 (or ignore folders that hold no sources)",
    )
