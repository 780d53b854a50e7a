"""Files into a container and out of it: by tar where the image has it, else a single file by what the image has."""

import posixpath
import re
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from homeport.cli.inside.asking import Box, Ran
from homeport.cli.inside.failing import failed, name_of, no_folder, unread, unwritten
from homeport.cli.inside.packing import beside_it, demand_all, landing, pack, parts, refuse_folder, unpack
from homeport.model.errors import OutsideError

_SPOOL: Final = 8 << 20
"""Bytes that are kept in memory; what is longer goes through a file."""
_ASKED: Final = 200
"""Files whose sizes are asked for at a time."""
_COUNT: Final = re.compile(r"^\s*(\d+)\s", re.MULTILINE)
_WRITERS: Final = (
    # Not alone in its shell: some runtimes take a command that has no output any more for ended, and lose the input.
    lambda path: ["sh", "-c", 'cat >"$0"; exit $?', path],
    lambda path: ["dd", f"of={path}"],
)


async def put(box: Box, source: Path, to: str, called: str) -> Mapping[str, int]:
    """Copy a file or folder of this machine into a container; return the sizes of the files by their paths there.

    Into a folder that is there, under its own name; else as ``to``. ``called``: how people name the container on a command
    line. Raises OutsideError, also after all that could be copied; ClusterError.
    """
    path = posixpath.join(to, source.name) if to.endswith("/") or await _is_folder(box, to) else to
    folder, name = posixpath.split(path.rstrip("/"))
    if await _is_folder(box, folder or ".") is False:  # before anything is sent: who does not read it may never answer
        raise no_folder(folder or ".", called)
    with tempfile.SpooledTemporaryFile(_SPOOL) as archive:
        sizes, left_out = pack(source, name, archive)
        ran = await box.run(["tar", "-xof", "-", "-C", folder or "."], _flow(parts(archive)))
    if ran.missing:
        await _put_file(box, source, path)
    else:
        _demand(ran, unwritten(path))
    there = {posixpath.join(folder, name): size for name, size in sizes.items()}
    await _verify(box, there)
    demand_all(left_out)
    return there


async def _put_file(box: Box, source: Path, path: str) -> None:
    """Write one file where there is no tar."""
    mode = refuse_folder(source)
    for writer in _WRITERS:
        with source.open("rb") as file:
            ran = await box.run(writer(path), _flow(parts(file)))
        if not ran.missing:
            _demand(ran, unwritten(path))
            await box.run(["chmod", f"{mode:o}", path])  # where there is such a program
            return
    raise OutsideError(
        "the image has neither tar nor sh nor dd, so nothing can be written", hint="put it into the image"
    )


async def fetch(box: Box, path: str, to: Path) -> Mapping[str, int]:
    """Copy a file or folder of a container to this machine; return the sizes of the files by their paths here.

    Into a folder that is there, under its own name; else as ``to``. Raises OutsideError, also after all that could be copied;
    ClusterError.
    """
    folder, name = posixpath.dirname(posixpath.normpath(path)), name_of(path)
    into = landing(name, to)
    with tempfile.SpooledTemporaryFile(_SPOOL) as archive:
        ran = await box.run(["tar", "-cf", "-", "-C", folder or ".", _told(name)], take=archive.write)
        if not ran.missing:
            _demand(ran, unread(path))
            archive.seek(0)
            found, left_out = unpack(archive, name, into)
            demand_all(left_out)
            return {str(into.parent / below): size for below, size in found.items()}
    with beside_it(into) as file:
        return {str(into): await _fetch_file(box, path, file)}


async def _fetch_file(box: Box, path: str, into: IO[bytes]) -> int:
    """Read one file where there is no tar; return its size, which is verified."""
    ran = await box.run(["cat", path], take=into.write)
    if ran.missing:
        raise OutsideError("the image has neither tar nor cat, so nothing can be read", hint="mount what you need")
    _demand(ran, unread(path))
    into.flush()
    await _verify(box, {path: into.tell()})
    return into.tell()


async def _verify(box: Box, sizes: Mapping[str, int]) -> None:
    """Raise OutsideError when a file in the container has not the size that it must have."""
    names = list(sizes)
    for start in range(0, len(names), _ASKED):
        asked = names[start : start + _ASKED]
        for name, size in zip(asked, await _sizes(box, asked), strict=True):
            if size != sizes[name]:
                raise OutsideError(
                    f'"{name}" has {size} bytes in the container and {sizes[name]} here: it was not copied whole',
                    hint="try again",
                )


async def _sizes(box: Box, names: Sequence[str]) -> list[int]:
    """Return the sizes of files in the container, by what it has to count them. Raises OutsideError."""
    counted = await box.read(["wc", "-c", *(_told(name) for name in names)])
    if counted is not None:
        return [int(count) for count in _COUNT.findall(counted)][: len(names)]
    found = []
    for name in names:
        count = 0

        def add(data: bytes) -> None:
            nonlocal count
            count += len(data)

        _demand(await box.run(["cat", _told(name)], take=add), f'"{name}" could not be read again')
        found.append(count)
    return found


def _told(name: str) -> str:
    """Return a path that no program takes for a flag."""
    return f"./{name}" if name.startswith("-") else name


async def _is_folder(box: Box, path: str) -> bool | None:
    """Whether a path is a folder in the container; None when it has no program that tells."""
    ran = await box.run(["ls", "-d", posixpath.join(_told(path), ".")])
    return None if ran.missing else ran.code == 0


def _demand(ran: Ran, what: str) -> None:
    """Raise OutsideError for a program that failed."""
    if ran.missing or ran.code != 0:
        raise failed(what, ran.said.splitlines()[0] if ran.said else f"exit code {ran.code}")


async def _flow(found: Iterator[bytes]) -> AsyncIterator[bytes]:
    for part in found:
        yield part
