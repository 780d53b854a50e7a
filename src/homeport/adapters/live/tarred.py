"""Changing containers that have no helper, by the image's own ``tar``, ``rm`` and ``mv``: files only, and without a label."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from homeport.adapters.live.opening import Executor
from homeport.adapters.live.plain import Feed, Ran, executed
from homeport.adapters.live.rewriting import Rewriting
from homeport.adapters.live.turns import Turns
from homeport.aio.latest import Latest
from homeport.model.errors import OutsideError
from homeport.ports.cluster import Stream, Target, Unreachable
from homeport.ports.live import (
    Applied,
    Batch,
    Event,
    Hello,
    LinkBroken,
    LiveLink,
    Move,
    NotApplied,
    Operation,
)


class TarLinks:
    """Opens links into containers as they are."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @asynccontextmanager
    async def open(self, target: Target, roots: Sequence[str]) -> AsyncIterator[LiveLink]:
        """Open a link for a block. Raises ClusterError when the container cannot be reached."""
        link = TarLink(self._executor, target, roots)
        await link.ping()
        try:
            yield link
        finally:
            link.end("the link was closed")


class TarLink:
    """A link of which only the target is kept: each call is a command of its own."""

    helped: Final = False

    def __init__(self, executor: Executor, target: Target, roots: Sequence[str]) -> None:
        self._executor = executor
        self._target = target
        self._roots = tuple(root.rstrip("/") + "/" for root in roots)
        self._turns = Turns()
        self._why: Latest[str] = Latest("")

    def end(self, why: str) -> None:
        """Break the link."""
        if not self._why.value:
            self._why.set(why)

    async def hello(self) -> Hello:
        """Say that nothing is known; fail when the container cannot be reached."""
        await self.ping()
        return Hello(None)

    async def apply(self, batch: Batch) -> Applied:
        """Make the changes, one command for neighbours of one kind."""
        inside = [each for each in batch.operations if self._within(each)]
        failures = [_outside(each.path) for each in batch.operations if not self._within(each)]
        rewriting = Rewriting(self._do)
        async with self._turns.of(batch.operations):
            failures += await rewriting.all(inside)
        if failures:
            first = failures[0]
            raise NotApplied(first.what, path=first.path, done=rewriting.done, hint=first.hint)
        return Applied(tuple(rewriting.done))

    async def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        output: Callable[[Stream, bytes], None] | None = None,
    ) -> int:
        """Run a command; with a folder it needs a shell in the image."""
        words = [*(["env", *(f"{name}={value}" for name, value in env.items())] if env else []), *argv]
        if cwd is not None:
            words = ["sh", "-c", 'cd "$0" && exec "$@"', cwd, *words]
        return (await self._do(words, output=output)).code

    async def restart(self, signal: int = 15, grace: float = 10.0) -> int:
        """Refuse: only the helper can."""
        raise self._needs_helper("its command cannot be started anew")

    async def ping(self) -> float:
        """Run a command that does nothing."""
        before = asyncio.get_running_loop().time()
        await self._do(["true"])
        return asyncio.get_running_loop().time() - before

    def listen(self, port: int, local: int) -> AbstractAsyncContextManager[None]:
        """Refuse: only the helper can."""
        raise self._needs_helper("nothing can listen in it")

    async def events(self) -> AsyncIterator[Event]:
        """Yield nothing until the link ends: nobody there tells anything."""
        await self.ended()
        nothing: tuple[Event, ...] = ()
        for event in nothing:
            yield event

    async def ended(self) -> str:
        """Wait until the link is broken, as a call has found."""
        turn, why = self._why.turn, self._why.value
        while not why:
            turn, why = await self._why.after(turn)
        return why

    async def _do(
        self,
        argv: Sequence[str],
        *,
        feed: Feed | None = None,
        output: Callable[[Stream, bytes], None] | None = None,
    ) -> Ran:
        if self._why.value:
            raise LinkBroken(f'the pod "{self._target.pod}": {self._why.value}')
        try:
            return await executed(self._executor, self._target, argv, feed=feed, output=output)
        except Unreachable as error:
            self.end(error.what)
            raise LinkBroken(error.what, hint=error.hint) from error

    def _within(self, operation: Operation) -> bool:
        paths = (operation.path, operation.to) if isinstance(operation, Move) else (operation.path,)
        return all(
            path.startswith(self._roots) and not {"", ".", ".."}.intersection(path.split("/")[1:]) for path in paths
        )

    def _needs_helper(self, what: str) -> OutsideError:
        return OutsideError(
            f'the container in the pod "{self._target.pod}" has no helper: {what}', hint="start the service anew"
        )


def _outside(path: str) -> NotApplied:
    return NotApplied(f'"{path}" lies outside of what may be synced', path=path, hint="mend the sync rule")
