"""Running programs."""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from msgspec import Struct

Stream = Literal["out", "err"]
Output = Callable[[Stream, bytes], None]
"""Gets what a program writes, in chunks as they come; never blocks for long. With a terminal everything is ``out``."""


class Launch(Struct, frozen=True):
    """Everything needed to start a program. ``label`` names it for people; ``env`` is complete, nothing is inherited.

    ``stop``: the signal that asks it to end when Homeport itself is gone and nobody calls ``end``.
    """

    label: str
    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    tty: bool = False
    stop: str = "SIGTERM"


class Exit(Struct, frozen=True):
    """How a program ended: ``code``, or the name of the ``signal`` that killed it."""

    code: int | None = None
    signal: str | None = None


class Process(Protocol):
    """A started program and everything that it started."""

    @property
    def pid(self) -> int:
        """The process id."""
        ...

    async def wait(self) -> Exit:
        """Wait until the program itself has ended and what it wrote until then has been delivered."""
        ...

    async def end(self, signal: str, grace: float) -> Exit:
        """End it and everything it started: ask by ``signal``, kill after ``grace`` seconds, wait until all is gone.

        May be called after the program ended by itself (its leftovers are ended then), and twice: a second call with a
        shorter grace hurries the first. Cancelling does not stop the ending.
        """
        ...


class Runtime(Protocol):
    """Starts programs on this machine."""

    async def spawn(self, launch: Launch, output: Output) -> Process:
        """Start a program. Raises OutsideError when it cannot be started: what was searched and what to do."""
        ...

    def hurry(self) -> None:
        """Leave no time at the end to what belongs to no run any more, such as daemons that went their own way."""
        ...
