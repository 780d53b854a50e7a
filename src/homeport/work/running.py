"""What services and tasks share: a program is started, waited for, and ended with everything that it started."""

import asyncio
from collections.abc import Callable

from homeport.aio.grace import carried_through
from homeport.model.errors import HomeportError
from homeport.model.facts import Ending
from homeport.model.parts import Stop
from homeport.ports.clock import Clock
from homeport.ports.logbook import Writer
from homeport.ports.runtime import Exit, Launch, Process, Runtime
from homeport.work.patience import within

LEFTOVERS = 1.0
"""Seconds that a program's children have to end politely after the program itself ended."""


def was_cancelled() -> bool:
    """Whether somebody asked this task to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def start(runtime: Runtime, launch: Launch, writer: Writer) -> Process:
    """Start a program; a cancel meanwhile waits until it is known whether there is something to end."""
    return await carried_through(runtime.spawn(launch, writer.feed))


async def wait_and_end(
    process: Process,
    stop: Stop,
    clock: Clock,
    leaving: Callable[[], None],
    *,
    fallen: Callable[[Ending], None] = lambda _: None,
    limit: float | None = None,
    pause: float = 0.0,
) -> Ending:
    """Wait for the end of a program, or for a cancel or the time ``limit`` (seconds), and leave nothing of it behind.

    ``leaving`` is called before a program is asked to end because of a cancel, and ``pause`` seconds lie between the two. A
    second cancel kills it. ``fallen`` is called when it ended by itself, before what it left behind is ended.
    """
    timed_out, fell = False, None
    try:
        if not was_cancelled():
            fell = ending(await within(limit, process.wait, clock), clock, asked=False)
    except TimeoutError:
        timed_out = True
    except asyncio.CancelledError:
        pass
    asked = was_cancelled()
    if asked:
        leaving()
        await carried_through(asyncio.sleep(pause))
    elif fell is not None:
        fallen(fell)
    grace = stop.grace if asked or timed_out else min(stop.grace, LEFTOVERS)
    firm = asked

    async def hurry() -> Exit:
        # The first cancel is polite and cuts short nothing that is ending already.
        nonlocal firm
        firm, kill = True, firm
        return await (process.end("SIGKILL", 0) if kill else process.end(stop.signal, grace))

    exit_ = await carried_through(process.end(stop.signal, grace), hurry)
    return fell if fell is not None and not asked else ending(exit_, clock, asked=asked, timed_out=timed_out)


def ending(exit_: Exit, clock: Clock, *, asked: bool, timed_out: bool = False) -> Ending:
    """Return an exit as a fact."""
    return Ending(clock.now(), exit_.code, exit_.signal, asked, timed_out=timed_out)


def cut_off(clock: Clock) -> Ending:
    """Return the end of a run whose worker failed: our own mistake must not leave a run that seems to go on."""
    return Ending(clock.now(), error="a bug in Homeport ended it; `homeport logs homeport` shows the trace")


def never_ran(clock: Clock) -> Ending:
    """Return the end of a run that was cut short before its program ran, or whose worker failed."""
    return Ending(clock.now(), asked=True) if was_cancelled() else cut_off(clock)


def never_started(error: HomeportError, clock: Clock, writer: Writer) -> Ending:
    """Return as a fact that a program could not be started, and tell it in its log."""
    writer.note(f"could not be started: {error.what}" + (f" ({error.hint})" if error.hint else ""))
    return Ending(clock.now(), error=f"could not be started: {error.what}")
