"""Saves go before what takes long: everything else goes in steps, and rests while a save is on its way."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from homeport.adapters.live.stream import Answer, Stream
from homeport.wire import helper as wire

STEP: Final = 256 << 10
"""Bytes after which the other end is asked to say that all before has been done."""
AHEAD: Final = 4
"""Steps that may be on their way: what they hold a save has to pass in the cluster, on its way to the same node."""
LONGEST: Final = 0.1
"""Seconds for which one save holds others up at most, such as one that a frozen cluster does not answer."""
AFTER: Final = 0.02
"""Seconds after a save for which the way stays free: what was saved is looked at now."""


class Precedence:
    """Which saves are on their way, by all links of a house: they share the cluster, and often the node."""

    def __init__(self) -> None:
        self._saves: set[object] = set()
        self._free = asyncio.Event()
        self._free.set()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Go first, for a block."""
        loop, save = asyncio.get_running_loop(), object()
        self._saves.add(save)
        self._free.clear()
        loop.call_later(LONGEST, self._leave, save)
        try:
            yield
        finally:
            loop.call_later(AFTER, self._leave, save)

    async def free(self) -> None:
        """Wait while saves are on their way."""
        await self._free.wait()

    def _leave(self, save: object) -> None:
        self._saves.discard(save)
        if not self._saves:
            self._free.set()


class Pace:
    """How far one link's slower stream is ahead of what the helper has done."""

    def __init__(self, precedence: Precedence) -> None:
        self._precedence = precedence
        self._unasked = 0
        self._asked: deque[Answer] = deque()

    async def step(self, stream: Stream, size: int) -> None:
        """Wait until so many bytes more may go. Raises LinkBroken."""
        await self._precedence.free()
        self._unasked += size
        if self._unasked >= STEP:
            self._unasked = 0
            number = stream.number()
            self._asked.append(stream.expect(number))
            stream.put(wire.Ping(number))
        while len(self._asked) > AHEAD:
            await stream.answered(self._asked.popleft())
