"""Blocking calls in threads."""

import asyncio
import threading

import pytest

from homeport.aio.threads import in_thread


async def test_a_result_or_error_comes_back() -> None:
    """What the call returns or raises is what the caller gets."""
    assert await in_thread(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_cancel_waits_for_the_end_of_the_call(fails: bool) -> None:
    """A cancelled caller leaves no thread behind that still uses what the caller is about to close."""
    entered, leave, left = threading.Event(), threading.Event(), threading.Event()

    def call() -> None:
        entered.set()
        leave.wait(10)
        left.set()
        if fails:
            raise OSError("nobody asks any more")

    loop = asyncio.get_running_loop()
    caller = loop.create_task(in_thread(call))
    await loop.run_in_executor(None, entered.wait)
    caller.cancel()
    loop.call_soon(caller.cancel)
    loop.call_later(0.01, leave.set)
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert left.is_set()


async def test_a_cancel_may_hurry_the_call() -> None:
    """A call that can be told to end soon is told at the cancel, and still waited for."""
    entered, hurried = threading.Event(), threading.Event()

    def call() -> None:
        entered.set()
        hurried.wait()

    loop = asyncio.get_running_loop()
    caller = loop.create_task(in_thread(call, hurry=hurried.set))
    await loop.run_in_executor(None, entered.wait)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
