"""What ``cp`` is told, and which way it goes."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from homeport.cli.call import Call
from homeport.cli.inside.boxed import fetch, put
from homeport.cli.inside.docker import container_of
from homeport.cli.inside.finding import Found, entered, find
from homeport.cli.inside.naming import meant
from homeport.cli.inside.packing import sizes_of
from homeport.cli.place import client
from homeport.model.errors import OutsideError, RefusedError


class Way(Struct, frozen=True):
    """One copy: ``path`` in the service ``word``, ``local`` on this machine, and which of them is written."""

    word: str
    path: str
    local: Path
    inwards: bool


def way(source: str, target: str) -> Way:
    """Return which side is the service. Raises RefusedError unless exactly one is, or what is to be copied does not exist."""
    there, here = _service(source), _service(target)
    if (there is None) == (here is None):
        raise RefusedError(
            "one of both must be NAME:PATH, and the other one a path of this machine",
            hint="homeport cp file.txt api:/tmp/ or homeport cp api:/tmp/file.txt .",
        )
    if here is not None:
        local = Path(source)
        if not local.exists():
            raise RefusedError(f'"{source}" does not exist', hint="name a file or folder of this machine")
        return Way(*here, local.resolve(), inwards=True)
    assert there is not None
    return Way(*there, Path(os.path.abspath(target)), inwards=False)


def _service(word: str) -> tuple[str, str] | None:
    """Return the name and path of ``NAME:PATH``; what begins like a path, or exists here, is of this machine."""
    name, colon, path = word.partition(":")
    is_here = not colon or not name or word.startswith((".", "/", "~")) or os.path.lexists(word)
    return None if is_here else (name, path or ".")


def carry(call: Call, found: Way, container: str | None) -> Mapping[str, int]:
    """Copy; return the sizes of the copied files by their paths. Raises OutsideError, RefusedError."""
    node = find(call, meant(found.word))
    if node.where.place == "here":
        return _beside(call, node, found)
    if node.where.place == "docker":
        there = container_of(call, node, container)
        if found.inwards:
            return put(there, found.local, found.path, found.word)
        return fetch(there, found.path, found.local)

    async def inside() -> Mapping[str, int]:
        from homeport.cli.inside import copying
        from homeport.cli.inside.asking import Box

        async with entered(call, node, container) as (cluster, target):
            box = Box(cluster, target)
            if found.inwards:
                called = found.word if container is None else f"{found.word} -c {container}"
                return await copying.put(box, found.local, found.path, called)
            return await copying.fetch(box, found.path, found.local)

    return asyncio.run(inside())


def _beside(call: Call, node: Found, found: Way) -> Mapping[str, int]:
    """Copy between this machine and itself: paths of a process begin in its folder."""
    _, folder = client(call).environment(node.meant.name)
    there = Path(folder, found.path)
    source, target = (found.local, there) if found.inwards else (there, found.local)
    target = target / source.name if target.is_dir() else target
    try:
        sizes = {str(target / Path(each).relative_to(source)): size for each, size in sizes_of(source).items()}
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(source, target)
    except (OSError, shutil.Error) as error:
        raise OutsideError(f'"{source}" cannot be copied to "{target}": {error}', hint="name another path") from error
    return sizes
