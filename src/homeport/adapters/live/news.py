"""What a helper tells unasked, as events for whoever listens."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

from homeport.ports.live import Ended, Event, Started
from homeport.wire import helper as wire

_HELD: Final = 1000
"""Events that are kept for a listener who does not ask; of more the oldest go."""


class News:
    """Compares each state of the container with the one before, and tells everybody what happened."""

    def __init__(self) -> None:
        self.latest = wire.State(0)
        self._known = False
        self._over = False
        self._meant = 0
        self._queues: list[asyncio.Queue[Event | None]] = []

    def state(self, state: wire.State) -> None:
        """Take a state that the helper told."""
        before, self.latest = self.latest, state
        known, self._known = self._known, True
        if not known:
            return
        if before.pid and before.pid != state.pid and not self._meant:
            code = 128 + state.signal if state.signal is not None else state.exited or 0
            self.say(Ended(code, state.again / 1000 if state.again else None))
        if state.pid and before.starts != state.starts:
            self.say(Started(state.pid, state.starts))

    @contextmanager
    def meant(self) -> Iterator[None]:
        """Take an end of the command within the block for what was asked for: it is no news."""
        self._meant += 1
        try:
            yield
        finally:
            self._meant -= 1

    def say(self, event: Event) -> None:
        """Tell everybody."""
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    def over(self) -> None:
        """Tell everybody that nothing more comes."""
        self._over = True
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)

    def events(self) -> AsyncIterator[Event]:
        """Yield what is told from this call on, until it is over."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(_HELD)
        if self._over:
            queue.put_nowait(None)
        self._queues.append(queue)
        return self._drain(queue)

    async def _drain(self, queue: asyncio.Queue[Event | None]) -> AsyncIterator[Event]:
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._queues = [each for each in self._queues if each is not queue]
