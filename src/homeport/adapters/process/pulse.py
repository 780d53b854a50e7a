"""Whether the guardian still answers: one that was stopped (SIGSTOP) would hold a house for ever, alive and silent."""

import asyncio
from collections.abc import Callable

SILENCE = 5.0
"""Seconds without a word after a question. Longer than a busy machine keeps a small program waiting."""


class Pulse:
    """Asks when something is overdue, and calls ``give_up`` when no answer comes.

    ``overdue`` tells whether somebody still waits for the guardian, ``ask`` sends it a question.
    """

    def __init__(self, overdue: Callable[[], bool], ask: Callable[[], None], give_up: Callable[[], None]) -> None:
        self._overdue = overdue
        self._ask = ask
        self._give_up = give_up
        self._timer: asyncio.TimerHandle | None = None
        self._asking = False
        self._heard = 0.0

    def expect(self, seconds: float) -> None:
        """Look after so many seconds whether something is overdue, unless a look before that is coming."""
        loop = asyncio.get_running_loop()
        at = loop.time() + seconds
        if self._asking or (self._timer is not None and self._timer.when() <= at):
            return
        self.rest()
        self._timer = loop.call_at(at, self._look)

    def heard(self) -> None:
        """Take note of any word of the guardian."""
        self._heard = asyncio.get_running_loop().time()

    def rest(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._asking = False

    def _look(self) -> None:
        self._timer = None
        if self._overdue():
            self._asking = True
            self._ask()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(SILENCE, self._judge, loop.time())

    def _judge(self, asked: float) -> None:
        self._timer, self._asking = None, False
        if self._heard <= asked and self._overdue():
            self._give_up()
        elif self._overdue():
            self.expect(SILENCE)  # it answers: what is overdue is slow for another reason
