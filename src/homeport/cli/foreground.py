"""A house shown by the process that runs it: signals, the picture, the end.

The picture is drawn by a thread that is a client like any other, so a terminal that stands still never holds up the
engine, and whoever attaches from elsewhere sees the same.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from typing import Protocol

from homeport.cli import exits
from homeport.cli.screen.farewell import FIRST, KILLING
from homeport.cli.screen.outputs import Lines, Live, Output
from homeport.cli.screen.terminal import Terminal
from homeport.cli.screen.text import shown
from homeport.cli.watch import LAG, LAG_ON_SCREEN, Watch
from homeport.kit import shortage
from homeport.model.view import Frame
from homeport.ports.feed import Feed

_CODES = {signal.SIGINT: exits.INTERRUPTED, signal.SIGTERM: exits.TERMINATED, signal.SIGHUP: exits.HUNG_UP}
_SWITCH = 0.0005
"""Seconds after which the thread that draws lets the engine go on: a loud service must not hold up the others' lines."""


class House(Protocol):
    """What is used of a running house."""

    @property
    def name(self) -> str:
        """The instance."""
        ...

    @property
    def socket(self) -> str:
        """Where it listens."""
        ...

    @property
    def file(self) -> str:
        """Its stack file."""
        ...

    @property
    def opened(self) -> float:
        """When it opened, in seconds since the epoch."""
        ...

    @property
    def feed(self) -> Feed:
        """Its frames."""
        ...

    def close(self) -> None:
        """Begin the polite end."""
        ...

    def kill(self) -> None:
        """End everything now."""
        ...


class Ending:
    """Counts the signals: the first ends politely, the next kills. ``code`` is the exit code that they ask for.

    ``hurry`` ends what else goes on.
    """

    def __init__(self, house: House, say: Callable[[str], None], hurry: Callable[[], None] = lambda: None) -> None:
        self._house = house
        self._say = say
        self._hurry = hurry
        self.code: int | None = None

    def listen(self) -> None:
        """Answer signals for as long as the loop runs: the last steps of an end are to be hurried, too.

        Who starts us under ``nohup`` wants us to outlive the terminal: an ignored hang-up stays ignored.
        """
        loop = asyncio.get_running_loop()
        for number in _CODES:
            if number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue
            loop.add_signal_handler(number, self.ask, number)

    def ask(self, number: signal.Signals) -> None:
        """Take one signal."""
        if self.code is None:
            self.code = _CODES[number]
            self._hurry()
            self._house.close()
        elif number != signal.SIGHUP:
            self._say(KILLING)
            self._house.kill()


def output_for(terminal: Terminal, *, bottom: str, may_kill: bool, known: Frame | None = None) -> Output:
    """Return the way to show a house on this terminal; what it says in the frame ``known`` is not said again."""
    if terminal.live:
        return Live(terminal, time.time, bottom=bottom, may_kill=may_kill)
    return Lines(terminal, may_kill=may_kill, known=known)


def lag_on(terminal: Terminal) -> int:
    """Return how many bytes a service may be ahead of what this terminal shows."""
    return LAG_ON_SCREEN if terminal.live else LAG


async def show(house: House, terminal: Terminal) -> int:
    """Show a house until it was told to end and everything has; return the exit code."""
    sys.setswitchinterval(_SWITCH)
    terminal.lines([f"{terminal.paint('bold', house.name)}  {shown(house.file)}", terminal.paint("dim", FIRST)])
    output = output_for(terminal, bottom=FIRST, may_kill=True)
    watch = Watch(house.socket, output, since=house.opened, lag=lag_on(terminal))
    ending = Ending(house, watch.note)
    ending.listen()
    try:
        await asyncio.to_thread(watch.run, watch.is_over)
    except OSError as error:
        short = shortage.of_error(error)
        if short is not None:
            terminal.lines([f"what runs cannot be shown, so it ends: {short.reason} ({short.hint})"])
        # Else the terminal is gone: nobody watches, and nobody could press Ctrl-C.
        ending.code = ending.code or (exits.HUNG_UP if short is None else exits.OUTSIDE)
        house.close()
    return ending.code or exits.OK


async def serve_quietly(house: House, opened: Callable[[], None]) -> int:
    """Run a house that nobody watches (``up -d``) until it is told to end; ``opened`` is called once it can be reached."""
    ending = Ending(house, lambda _sentence: None)
    ending.listen()
    opened()
    frame = house.feed.frame()
    while not frame.closing:
        frame = await house.feed.after(frame.revision)
    return ending.code or exits.OK
