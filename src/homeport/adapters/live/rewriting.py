"""Changing files in a container by commands of its image: ``tar`` writes, ``rm`` removes, ``mv`` moves."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, Protocol

from homeport.adapters.live.packing import Packing
from homeport.adapters.live.plain import MISSING, Feed, Ran
from homeport.ports.cluster import Command
from homeport.ports.live import Done, Move, NotApplied, Operation, Remove

_ARGUMENTS: Final = 4000
"""Bytes of paths in one command: they travel in the address of a request."""

_UNPACK: Final = ("tar", "-x", "-m", "-o", "-p", "-f", "-", "-C", "/")
"""Times are those of the unpacking and owners the container's user, as with the helper."""


class Run(Protocol):
    """Runs a command in the container to its end."""

    async def __call__(self, argv: Sequence[str], *, feed: Feed | None = None) -> Ran:
        """Run it; ``feed`` writes its input. Raises LinkBroken."""
        ...


class Rewriting:
    """Changes on their way. ``done`` is what was made of them."""

    def __init__(self, run: Run) -> None:
        self.done: list[Done] = []
        self._run = run

    async def all(self, operations: Sequence[Operation]) -> list[NotApplied]:
        """Make the changes in order, one command for neighbours of one kind; return why others were not made."""
        failures: list[NotApplied] = []
        for kind, some in groupby(operations, key=_kind):
            try:
                self.done += await self._alike(kind, tuple(some))
            except NotApplied as error:
                self.done += error.done
                failures.append(error)
        return failures

    async def _alike(self, kind: str, some: Sequence[Operation]) -> Sequence[Done]:
        if kind == "write":
            return await self._write(some)
        if kind == "remove":
            removed = [each for each in some if isinstance(each, Remove)]
            await self._remove(removed)
            return removed
        moved = [each for each in some if isinstance(each, Move)]
        for each in moved:
            await self._made(["mkdir", "-p", "--", each.to.rpartition("/")[0] or "/"], each.to)
            await self._made(["rm", "-rf", "--", each.to], each.to)
            await self._made(["mv", "-f", "--", each.path, each.to], each.path)
        return moved

    async def _write(self, some: Sequence[Operation]) -> Sequence[Done]:
        packing = Packing()

        async def feed(command: Command) -> None:
            await packing.write(some, command.send)
            await command.send_eof()  # tar reads on after the archive's end

        await self._made(_UNPACK, *(each.path for each in some), feed=feed)
        if packing.gone:
            await self._remove(packing.gone)
        done: list[Done] = [*packing.done, *packing.gone]
        if packing.unread is not None:
            raise NotApplied(packing.unread.what, path=packing.unread.path, done=done, hint=packing.unread.hint)
        return done

    async def _remove(self, some: Sequence[Remove]) -> None:
        for paths in _portions([each.path for each in some]):
            await self._made(["rm", "-rf", "--", *paths], *paths)

    async def _made(self, argv: Sequence[str], *paths: str, feed: Feed | None = None) -> None:
        """Run a command that changes paths. Raises NotApplied with the path that it complains about, else the first one."""
        ran = await self._run(argv, feed=feed)
        if ran.code == 0:
            return
        path = next((each for each in paths if each.lstrip("/") in ran.said), paths[0])
        if ran.code == MISSING:
            what, hint = f'the image has no "{argv[0]}", by which files would be changed', "add it to the image"
        else:
            what = f'"{path}" in the container was not changed: {ran.said.partition(chr(10))[0] or ran.code}'
            hint = "let the image's user own the folder, or name another user for the service"
        raise NotApplied(what, path=path, hint=hint)


def _kind(operation: Operation) -> str:
    return "remove" if isinstance(operation, Remove) else "move" if isinstance(operation, Move) else "write"


def _portions(paths: Sequence[str]) -> Iterator[list[str]]:
    """Divide paths such that each command stays short."""
    some: list[str] = []
    for path in paths:
        if some and sum(map(len, some)) + len(path) > _ARGUMENTS:
            yield some
            some = []
        some.append(path)
    if some:
        yield some
