"""Running a command in a pod as if it ran here: our input, its output, its exit code."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import ExitStack, aclosing, suppress
from typing import Final

from homeport.aio.beside import beside
from homeport.cli import exits
from homeport.cli.inside.asking import is_missing
from homeport.cli.inside.terminal import chunks, raw, sizes, write_all
from homeport.model.errors import OutsideError, RefusedError
from homeport.ports.cluster import Cluster, ClusterError, Command, Target, Unreachable

_IN, _OUT, _ERR = 0, 1, 2
_FIRST: Final = 1 << 15
"""Bytes of input that a pod takes also when nobody reads them."""
_PAUSE: Final = 0.3
"""Seconds after these, within which many a command ends that does not read all: input on its way would bury its exit code."""
_CODES = {signal.SIGTERM: exits.TERMINATED, signal.SIGHUP: exits.HUNG_UP}


async def run(cluster: Cluster, target: Target, argv: Sequence[str], *, tty: bool) -> int:
    """Run a command with our standard input and output, with a terminal of its own if wanted; return its exit code.

    Raises ClusterError when it cannot be started or the stream to it breaks.
    """
    asked: list[int] = []
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def end(number: signal.Signals) -> None:
        asked.append(_CODES[number])
        task.cancel()

    for number in _CODES:  # who is ended from outside gives the terminal back first
        loop.add_signal_handler(number, end, number)
    try:
        return await _run(cluster, target, argv, tty=tty)
    except asyncio.CancelledError:
        if not asked:
            raise
        return asked[0]
    except ClusterError as error:
        if is_missing(error):
            raise OutsideError(
                f'"{argv[0]}" was not found in the pod {target.pod}{f", container {target.container}" * bool(target.container)}',
                hint="name a program that the image has",
            ) from error
        raise


async def _run(cluster: Cluster, target: Target, argv: Sequence[str], *, tty: bool) -> int:
    async with cluster.exec(target, argv, stdin=True, tty=tty) as command:
        with ExitStack() as terminal:
            if tty:
                terminal.enter_context(raw(_IN))
            async with beside(_type(command, ends=not tty)), beside(_size(command, tty=tty)):
                async for stream, data in command.output():
                    write_all(_OUT if stream == "out" else _ERR, data)
        return command.finish().code


async def _type(command: Command, *, ends: bool) -> None:
    """Pass our input on. That it ends is told unless it is a terminal's, which ends with its window."""
    with suppress(Unreachable):  # the command has ended, and its output says how
        async with aclosing(chunks(_IN)) as keys:
            sent = 0
            async for data in keys:
                await command.send(data)
                if sent < _FIRST <= (sent := sent + len(data)):
                    await asyncio.sleep(_PAUSE)
        if ends:
            try:
                await command.send_eof()
            except RefusedError as error:
                write_all(_ERR, f"{error.what}: {error.hint}\n".encode())


async def _size(command: Command, *, tty: bool) -> None:
    """Tell the command's terminal the size of ours."""
    if tty:
        with suppress(Unreachable):
            async with aclosing(sizes(_IN)) as changes:
                async for columns, rows in changes:
                    await command.resize(columns, rows)
