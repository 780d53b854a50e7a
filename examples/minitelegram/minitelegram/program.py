"""What every program here does the same way: settings, log lines, stopping."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError
from redis.exceptions import RedisError

log = logging.getLogger("minitelegram")

LOST = (OSError, AMQPError, ChannelInvalidStateError, RedisError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a call raises while a store or the broker is away or refuses."""

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def setting(name: str, default: str = "") -> str:
    """Returns the environment variable `name`; without it and a default the program ends and says what it misses."""
    value = os.environ.get(name) or default
    if not value:
        sys.exit(f"ERROR {name} is not set; README.md says which settings each program takes")
    return value


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs `main` to its end.

    A program that lost what it works with says so in one line and ends with code 1: starting programs again, with a
    pause in between, is the work of whoever runs them. What it had not finished is still in its queue.
    """
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO, stream=sys.stdout)
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # it logs what it also raises
    for number in SIGNALS:
        signal.signal(number, lambda *_: sys.exit(0))  # until there is a `Stop`, nothing has begun that could be cut
    try:
        asyncio.run(main)
    except* LOST as lost:
        for error in _each(lost):
            log.error("lost: %s: %s", type(error).__name__, str(error).partition("\n")[0])
        sys.exit(1)


def _each(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    parts = ([part] if not isinstance(part, BaseExceptionGroup) else _each(part) for part in group.exceptions)
    return [error for part in parts for error in part]


class Stop:
    """The wish of a signal that the program ends. The program finishes what it has in hand and begins nothing new.

    Cancelling tasks instead would be shorter, but what `asyncio.wait_for` awaits may swallow a cancellation (in Python
    3.11), and libraries use it: a worker that would not stop, once in a hundred times.
    """

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._then: list[Callable[[], object]] = []

    @classmethod
    def on_signals(cls) -> "Stop":
        """Takes SIGTERM and SIGINT from here on."""
        stop = cls()
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, stop._ask, number)
        return stop

    @property
    def asked(self) -> bool:
        """Whether it is time to end."""
        return self._asked.is_set()

    def then(self, call: Callable[[], object]) -> None:
        """Lets `call` be called when it is time to end."""
        self._then.append(call)

    async def within(self, seconds: float) -> bool:
        """Waits until it is time to end, at most so long; says whether it is."""
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            return False
        return True

    def _ask(self, number: signal.Signals) -> None:
        if not self.asked:
            log.info("stopping on %s", number.name)
            self._asked.set()
            for call in self._then:
                call()
