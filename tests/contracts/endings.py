"""How a program that runs is ended, wherever it does: what every runtime and every engine promises alike."""

import asyncio
from collections.abc import Awaitable, Callable

from homeport.ports.fakes.output import Ear
from homeport.ports.fakes.runtime import Program, Say
from homeport.ports.runtime import Exit, Process

Begin = Callable[[Program, Ear], Awaitable[Process]]
"""Starts a program that does as told, and lets an ear hear it."""
UP = Say(b"up\n")


class Endings:
    """The suite; whose class asks for it gives a fixture ``begin``."""

    async def test_death_by_signal_is_told_by_name(self, begin: Begin) -> None:
        """A program that a signal killed has no exit code, but the signal's name."""
        ending = Exit(signal="SIGUSR1")
        process = await begin(Program(lives=0, ends=ending), Ear())
        assert await process.wait() == ending
        await process.end("SIGTERM", 5)

    async def test_end_asks_by_the_given_signal(self, begin: Begin) -> None:
        """A program that obeys ends by that signal, long before its grace is over."""
        ear = Ear()
        process = await begin(Program(says=(UP,)), ear)
        await ear.until(b"up")
        assert await process.end("SIGINT", 60) == Exit(signal="SIGINT")

    async def test_a_clean_stop_keeps_its_exit_code(self, begin: Begin) -> None:
        """A program may answer the signal with an exit of its own."""
        ear = Ear()
        process = await begin(Program(says=(UP,), stops=Exit(code=3)), ear)
        await ear.until(b"up")
        assert await process.end("SIGTERM", 60) == Exit(code=3)

    async def test_who_ignores_the_signal_is_killed_after_the_grace(self, begin: Begin) -> None:
        """Grace has an end."""
        ear = Ear()
        process = await begin(Program(says=(UP,), ignores=frozenset({"SIGTERM"})), ear)
        await ear.until(b"up")
        assert await process.end("SIGTERM", 0.05) == Exit(signal="SIGKILL")

    async def test_a_second_end_hurries_the_first(self, begin: Begin) -> None:
        """A shorter grace counts from the second call, for both callers."""
        ear = Ear()
        process = await begin(Program(says=(UP,), ignores=frozenset({"SIGTERM"})), ear)
        await ear.until(b"up")
        patient = asyncio.get_running_loop().create_task(process.end("SIGTERM", 600))
        await asyncio.sleep(0)
        assert await process.end("SIGTERM", 0) == Exit(signal="SIGKILL")
        assert await patient == Exit(signal="SIGKILL")

    async def test_cancelling_does_not_stop_the_ending(self, begin: Begin) -> None:
        """An ending that nobody waits for goes on."""
        ear = Ear()
        process = await begin(Program(says=(UP,), ignores=frozenset({"SIGTERM"})), ear)
        await ear.until(b"up")
        waiting = asyncio.get_running_loop().create_task(process.end("SIGTERM", 0.02))
        await asyncio.sleep(0)
        waiting.cancel()
        assert await process.wait() == Exit(signal="SIGKILL")
        assert await process.end("SIGTERM", 60) == Exit(signal="SIGKILL")

    async def test_end_after_the_end_returns_at_once(self, begin: Begin) -> None:
        """Calls after everything has gone repeat the answer."""
        process = await begin(Program(lives=0, ends=Exit(code=2)), Ear())
        await process.end("SIGKILL", 0)
        assert await process.end("SIGTERM", 600) == await process.wait()
