"""Running a program to its end, line by line; whoever gives it up leaves nothing of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from homeport.aio.grace import carried_through
from homeport.ports.runtime import Exit, Launch, Output, Process, Stream

Spawn = Callable[[Launch, Output], Awaitable[Process]]
Hear = Callable[[str], None]

GRACE: Final = 5.0
"""Seconds that a client has to call off what it asked its engine for."""


class _Lines:
    """Cuts the chunks of each stream into lines."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._begun: dict[Stream, bytes] = {}

    def feed(self, stream: Stream, data: bytes) -> None:
        *whole, rest = (self._begun.get(stream, b"") + data).split(b"\n")
        self._begun[stream] = rest
        for line in whole:
            self._tell(line)

    def close(self) -> None:
        for rest in self._begun.values():
            if rest:
                self._tell(rest)

    def _tell(self, line: bytes) -> None:
        # What a carriage return overwrites was never meant to stay.
        self._hear(line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace"))


async def run(spawn: Spawn, launch: Launch, hear: Hear) -> Exit:
    """Run a program and return how it ended; ``hear`` gets its lines. Raises OutsideError when it cannot be started.

    When cancelled, the program is asked to end, and its end awaited.
    """
    lines = _Lines(hear)
    process = await carried_through(_spawned(spawn, launch, lines.feed))
    try:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
        ended = await process.wait()
    finally:
        await carried_through(process.end(launch.stop, GRACE), lambda: process.end("SIGKILL", 0))
    lines.close()
    return ended


async def _spawned(spawn: Spawn, launch: Launch, output: Output) -> Process:
    return await spawn(launch, output)
