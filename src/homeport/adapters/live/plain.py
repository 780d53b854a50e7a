"""Commands in a container one by one, each with a stream of its own."""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final, NamedTuple

from homeport.adapters.live.opening import Executor
from homeport.aio.beside import beside
from homeport.ports.cluster import ClusterError, Command, Stream, Target, Unreachable

MISSING: Final = 127
"""The status of a program that the image does not have."""

Feed = Callable[[Command], Coroutine[Any, Any, None]]


class Ran(NamedTuple):
    """How a command ended, and the end of what it complained."""

    code: int
    said: str


async def executed(
    executor: Executor,
    target: Target,
    argv: Sequence[str],
    *,
    feed: Feed | None = None,
    output: Callable[[Stream, bytes], None] | None = None,
) -> Ran:
    """Run a command to its end; ``feed`` writes its input. Raises ClusterError."""
    said = b""
    async with AsyncExitStack() as stack:
        command = await stack.enter_async_context(executor.exec(target, argv, stdin=feed is not None))
        if feed is not None:
            await stack.enter_async_context(beside(_fed(feed, command)))
        try:
            async for name, data in command.output():
                if name == "err":
                    said = (said + data)[-4000:]
                if output is not None:
                    output(name, data)
            return Ran(command.finish().code, said.decode(errors="replace").strip())
        except Unreachable:
            raise
        except ClusterError as error:
            if any(word in error.what.lower() for word in ("no such file", "not found")) and error.code != 404:
                return Ran(MISSING, error.what)
            raise


async def _fed(feed: Feed, command: Command) -> None:
    try:
        await feed(command)
    except Unreachable:
        return  # it has ended before its input did, and its status tells why
