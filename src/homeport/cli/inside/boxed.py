"""Files into a container of this machine and out of it, by the engine's own client."""

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from homeport.cli.inside.docker import run_docker
from homeport.cli.inside.failing import failed, name_of, no_folder, unread, unwritten
from homeport.cli.inside.packing import landing, sizes_of
from homeport.model.errors import OutsideError

_PREFIXES: Final = ("Error response from daemon: ", "Error: ", "docker: ")
_NO_FOLDER: Final = ("no such directory", "extraction point is not a directory", "cannot copy directory")
_NOT_THERE: Final = ("no such container:path", "could not find the file")


def put(box: str, source: Path, to: str) -> Mapping[str, int]:
    """Copy a file or folder of this machine into a container; return the sizes of the copied files. Raises OutsideError."""
    ran = run_docker(["cp", str(source), f"{box}:{to}"])
    if ran.code:
        raise _unwritten(to, ran.said)
    return sizes_of(source)


def fetch(box: str, path: str, to: Path) -> Mapping[str, int]:
    """Copy a file or folder of a container to this machine; return the sizes by their paths here. Raises OutsideError."""
    into = landing(name_of(path), to)
    ran = run_docker(["cp", f"{box}:{posixpath.normpath(path)}", str(to)])
    if ran.code:
        said = "no such file or directory" if _is(ran.said, _NOT_THERE) else _plain(ran.said)
        raise failed(unread(path), said)
    return sizes_of(into)


def _unwritten(to: str, said: str) -> OutsideError:
    folder = posixpath.dirname(to.rstrip("/")) or "."
    if _is(said, (*_NO_FOLDER[:1], *_NOT_THERE)):
        return no_folder(to.rstrip("/") if to.endswith("/") else folder)
    return no_folder(folder) if _is(said, _NO_FOLDER) else failed(unwritten(to), _plain(said))


def _is(said: str, words: tuple[str, ...]) -> bool:
    return any(each in said.lower() for each in words)


def _plain(said: str) -> str:
    """Return the first line of what the client said, without who says it."""
    line = said.splitlines()[0] if said else "docker does not say why"
    for prefix in _PREFIXES:
        line = line.removeprefix(prefix)
    return line
