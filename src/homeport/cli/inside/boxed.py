"""Files into a container of this machine and out of it, by the engine's own client."""

import posixpath
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from homeport.cli.inside.docker import run_docker
from homeport.cli.inside.failing import failed, name_of, no_folder, unread, unwritten
from homeport.cli.inside.packing import demand_all, landing, sizes_of, unpack
from homeport.model.errors import OutsideError

_PREFIXES: Final = ("Error response from daemon: ", "Error: ", "docker: ")
_NO_FOLDER: Final = ("no such directory", "extraction point is not a directory", "cannot copy directory")
_NOT_THERE: Final = ("no such container:path", "could not find the file")


def put(box: str, source: Path, to: str, called: str) -> Mapping[str, int]:
    """Copy a file or folder of this machine into a container; return the sizes of the copied files. Raises OutsideError.

    ``called``: how people name the container on a command line.
    """
    ran = run_docker(["cp", str(source), f"{box}:{to}"])
    if ran.code:
        raise _unwritten(to, ran.said, called)
    return sizes_of(source)


def fetch(box: str, path: str, to: Path) -> Mapping[str, int]:
    """Copy a file or folder of a container to this machine; return the sizes of the copied files by their paths here.

    Raises OutsideError, also after all that could be copied.
    """
    name = name_of(path)
    into = landing(name, to)
    with tempfile.TemporaryFile() as archive:
        ran = run_docker(["cp", f"{box}:{posixpath.normpath(path)}", "-"], archive)
        if ran.code:
            said = "no such file or directory" if _is(ran.said, _NOT_THERE) else _plain(ran.said)
            raise failed(unread(path), said)
        archive.seek(0)
        found, left_out = unpack(archive, name, into)
    demand_all(left_out)
    return {str(into.parent / below): size for below, size in found.items()}


def _unwritten(to: str, said: str, called: str) -> OutsideError:
    folder = posixpath.join(
        "/", posixpath.dirname(to.rstrip("/"))
    )  # the engine begins at the root, wherever programs do
    if _is(said, (*_NO_FOLDER[:1], *_NOT_THERE)):
        return no_folder(posixpath.join("/", to.rstrip("/")) if to.endswith("/") else folder, called)
    return no_folder(folder, called) if _is(said, _NO_FOLDER) else failed(unwritten(to), _plain(said))


def _is(said: str, words: tuple[str, ...]) -> bool:
    return any(each in said.lower() for each in words)


def _plain(said: str) -> str:
    """Return the first line of what the client said, without who says it."""
    line = said.splitlines()[0] if said else "docker does not say why"
    for prefix in _PREFIXES:
        line = line.removeprefix(prefix)
    return line
