"""Beginning a stream to the helper in a container, or saying why there is none."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Final, Protocol

from homeport.adapters.live.silence import Silence
from homeport.adapters.live.stream import Stream
from homeport.aio.beside import beside
from homeport.model.errors import OutsideError
from homeport.model.helper import PROGRAM
from homeport.ports.cluster import Command, Target
from homeport.ports.live import HelperMissing, LinkBroken
from homeport.wire import helper as wire

OPENING: Final = 10.0
"""Seconds for the first answer: a frozen cluster lets a new command wait for ever."""

_MISSING: Final = ("no such file", "not found", "permission denied", "exec format error")


class Executor(Protocol):
    """Runs commands in containers, as a cluster does."""

    def exec(
        self, target: Target, argv: Sequence[str], *, stdin: bool = False, tty: bool = False
    ) -> AbstractAsyncContextManager[Command]:
        """Run a command in a container for a block."""
        ...


@asynccontextmanager
async def streaming(
    executor: Executor, target: Target, roots: Sequence[str], hear: Callable[[wire.State], None], silence: Silence
) -> AsyncIterator[Stream]:
    """Open a stream for a block; it has said how the container is. Raises HelperMissing, LinkBroken and ClusterError."""
    stream = Stream(f'the helper in the pod "{target.pod}"', hear, silence)
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(OPENING):
                command = await stack.enter_async_context(executor.exec(target, [PROGRAM, "serve", *roots], stdin=True))
                await stack.enter_async_context(beside(stream.live(command)))
                await stream.ask(wire.Hello)
        except TimeoutError:
            raise LinkBroken(
                f'the helper in the pod "{target.pod}" did not answer within {OPENING:g} s',
                hint="see whether the cluster and its node are well",
            ) from None
        except LinkBroken:
            raise _missing(stream, target) from None
        yield stream


def _missing(stream: Stream, target: Target) -> OutsideError:
    """Return why the stream did not begin."""
    failure = stream.failure
    if failure is not None and any(word in failure.what.lower() for word in _MISSING):
        return HelperMissing(
            f'the container in the pod "{target.pod}" has no helper at {PROGRAM}',
            hint="start the service anew, so that its pods get one",
        )
    return failure or stream.broken()
