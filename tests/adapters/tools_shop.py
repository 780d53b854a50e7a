"""Programs and wheels made for the tests of the toolbox: small shell scripts, real zip files."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from homeport.adapters.tools import Errand, Found, Missing, find


def script(file: Path, prints: str, also: str = ":") -> Path:
    """Write an executable that prints a line, after doing something else."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{also}\necho '{prints}'\n")
    file.chmod(0o755)
    return file


def wheel(folder: Path, name: str, version: str, programs: dict[str, str], tag: str = "py3-none-any") -> Path:
    """Write a wheel that holds programs: contents by path inside the wheel."""
    folder.mkdir(exist_ok=True)
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    parcel = folder / f"{stem}-{version}-{tag}.whl"
    with zipfile.ZipFile(parcel, "w") as out:
        for path, content in programs.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16
            out.writestr(entry, content)
        out.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        out.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        out.writestr(f"{info}/RECORD", "")
    return parcel


class Shop:
    """Asks the toolbox with a cache of its own, and remembers what it said."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.said: list[str] = []

    def find(
        self,
        kind: str,
        *path: Path,
        version: str | None = None,
        programs: tuple[str, ...] = (),
        fetch: bool = False,
        errand: Errand | None = None,
        hear: Callable[[str], None] = lambda _: None,
    ) -> Found | Missing:
        """Find on a PATH of these folders; ``hear`` gets what is said, too."""

        def told(sentence: str) -> None:
            self.said.append(sentence)
            hear(sentence)

        return find(
            kind,
            version=version,
            programs=programs,
            search_path=":".join(map(str, path)),
            cache=self.cache,
            fetch=fetch,
            say=told,
            errand=errand,
        )
