"""The watchfiles library, one thread per set of folders."""

import sys
import threading
from collections.abc import Callable
from typing import Final

from watchfiles._rust_notify import RustNotify  # its documented low level: it alone says when the watch is placed

from homeport.model.errors import OutsideError

_STEP: Final = 20
_DEBOUNCE: Final = 40
"""Milliseconds: how often the library looks for news, and how long it gathers them."""

News = set[tuple[int, str]]


class Eye:
    """Watches folders from its making on, and tells what changed from a thread of its own."""

    def __init__(self, folders: list[str], *, recursive: bool, tell: Callable[[News], None]) -> None:
        """Raises OutsideError when the system watches no more, FileNotFoundError when a folder is gone."""
        self._notify = _open(folders, recursive=recursive)
        self._stop = threading.Event()
        self._tell = tell
        self._thread = threading.Thread(target=self._run, name="homeport-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching; waits for the thread, a few milliseconds."""
        self._stop.set()
        self._thread.join()
        self._notify.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            news = self._notify.watch(_DEBOUNCE, _STEP, 0, self._stop)
            if isinstance(news, set):
                self._tell(news)
            else:
                break


def _open(folders: list[str], *, recursive: bool) -> RustNotify:
    """Begin to watch. What the library may ignore includes its limits, so it may only where a folder is closed to us."""
    try:
        try:
            return RustNotify(folders, False, False, 300, recursive, False)
        except PermissionError:
            return RustNotify(folders, False, False, 300, recursive, True)
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError) as error:
        setting = "max_user_instances=512" if "os error 24" in str(error) else "max_user_watches=524288"
        on_linux = f"raise the limit: sudo sysctl fs.inotify.{setting}"
        raise OutsideError(
            f'folders such as "{folders[0]}" cannot be watched: {error}',
            hint=on_linux if sys.platform == "linux" else "close programs that watch files, or ignore folders",
        ) from error
