"""What every program here does the same way: settings, log lines, stopping."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable

import asyncpg
from aio_pika.exceptions import AMQPError
from redis.exceptions import RedisError

log = logging.getLogger("minitelegram")

LOST = (OSError, AMQPError, RedisError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a call raises while a store or the broker is away or refuses."""


def setting(name: str, default: str = "") -> str:
    """Returns the environment variable `name`; without it and a default the program ends and says what it misses."""
    value = os.environ.get(name) or default
    if not value:
        sys.exit(f"ERROR {name} is not set; README.md says which settings each program takes")
    return value


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Runs `main` until it ends or a signal asks it to.

    A program that lost what it works with says so in one line and ends with code 1: starting programs again, with a
    pause in between, is the work of whoever runs them. What it had not finished is still in its queue.
    """
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO, stream=sys.stdout)
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # it logs what it also raises
    try:
        asyncio.run(_until_signal(main))
    except* LOST as lost:
        for error in _leaves(lost):
            log.error("lost: %s: %s", type(error).__name__, str(error).partition("\n")[0])
        sys.exit(1)


async def _until_signal(main: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.ensure_future(main())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, task, number)
    try:
        await task
    except asyncio.CancelledError:
        log.info("stopped")


def _stop(task: asyncio.Future[None], number: signal.Signals) -> None:
    """Unwinds `main` once; every `async with` on the way out does its work undisturbed by further signals."""
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, log.info, "already stopping")
    log.info("stopping on %s", number.name)
    task.cancel()


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        leaf
        for each in group.exceptions
        for leaf in (_leaves(each) if isinstance(each, BaseExceptionGroup) else [each])
    ]
