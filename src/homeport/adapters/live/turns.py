"""Changes of the same paths follow each other; all others go side by side."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from homeport.ports.live import Move, Operation


class Turns:
    """Who changes which paths now, and who waits for that."""

    def __init__(self) -> None:
        self._taken: list[tuple[frozenset[str], asyncio.Future[None]]] = []

    @asynccontextmanager
    async def of(self, operations: Iterable[Operation]) -> AsyncIterator[set[asyncio.Future[Any]]]:
        """Wait until nobody who came before changes the same paths, or folders above or below them; then hold them.

        What is put into the set is waited for, too, by who comes next: the block may be left earlier.
        """
        paths = frozenset(_paths(operations))
        before = [over for taken, over in self._taken if _meet(paths, taken)]
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        turn = (paths, mine)
        pending: set[asyncio.Future[Any]] = set()

        def left(future: "asyncio.Future[Any] | None" = None) -> None:
            pending.discard(future) if future is not None else None
            if not pending:
                self._taken.remove(turn)
                mine.set_result(None)

        self._taken.append(turn)
        try:
            for over in before:
                await asyncio.shield(over)
            yield pending
        finally:
            pending -= {each for each in pending if each.done()}
            for each in tuple(pending):
                each.add_done_callback(left)
            if not pending:
                left()


def _paths(operations: Iterable[Operation]) -> Iterator[str]:
    for each in operations:
        yield each.path
        if isinstance(each, Move):
            yield each.to


def _meet(some: frozenset[str], others: frozenset[str]) -> bool:
    return any(each in others for path in some for each in _upwards(path)) or any(
        each in some for path in others for each in _upwards(path)
    )


def _upwards(path: str) -> Iterator[str]:
    """Yield the path and the folders above it."""
    while path:
        yield path
        path = path.rpartition("/")[0]
