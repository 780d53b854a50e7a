"""Programs that are only told: scripts with a memory, driven by the loop's time alone (virtual time included)."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from homeport.model.errors import OutsideError
from homeport.ports.runtime import Exit, Launch, Output, Stream


class Say(Struct, frozen=True):
    """Something a program writes ``after`` so many seconds of its life."""

    data: bytes
    stream: Stream = "out"
    after: float = 0.0


class Program(Struct, frozen=True):
    """What a program does.

    It ends by itself after ``lives`` seconds as ``ends`` says (None: it goes on until asked). Asked by a signal that it does
    not ignore, it ends ``stops_in`` seconds later: as ``stops`` says, or by that signal. ``lingers``: what it started
    outlives it, and ignores everything but a kill. ``refused``: it cannot even be started, for this reason.
    """

    says: tuple[Say, ...] = ()
    lives: float | None = None
    ends: Exit = Exit(code=0)
    ignores: frozenset[str] = frozenset()
    stops_in: float = 0.0
    stops: Exit | None = None
    lingers: bool = False
    refused: str | None = None


class Event(Struct, frozen=True):
    """One entry of the runtime's memory: at ``at`` loop seconds, ``what`` happened to run ``pid`` of ``label``."""

    at: float
    label: str
    pid: int
    what: str


class FakeProcess:
    """A pretended program; a test may also ``write`` and ``exit`` by hand."""

    def __init__(self, pid: int, launch: Launch, program: Program, output: Output, events: list[Event]) -> None:
        self.launch = launch
        self.program = program
        self._pid = pid
        self._output = output
        self._events = events
        self._loop = asyncio.get_running_loop()
        self._exited: asyncio.Future[Exit] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._timers = [self._loop.call_later(say.after, self.write, say.data, say.stream) for say in program.says]
        self._killing: asyncio.TimerHandle | None = None
        if program.lives is not None:
            self._timers.append(self._loop.call_later(program.lives, self.exit, program.ends))
        self._note("started")

    @property
    def pid(self) -> int:
        """The pretended process id."""
        return self._pid

    @property
    def alive(self) -> bool:
        """Whether the program itself has not ended."""
        return not self._exited.done()

    @property
    def gone(self) -> bool:
        """Whether nothing that it started is left."""
        return self._gone.done()

    def write(self, data: bytes, stream: Stream = "out") -> None:
        """Write something, as the program."""
        if self.alive:
            self._output(stream, data)

    def exit(self, ending: Exit) -> None:
        """End, as the program by itself."""
        if self.alive:
            for timer in self._timers:
                timer.cancel()
            self._note(f"ended {ending.signal or ending.code}")
            self._exited.set_result(ending)
            if self._killing is not None and not self.program.lingers:
                self._vanish()

    async def wait(self) -> Exit:
        """Wait until the program itself has ended."""
        return await asyncio.shield(self._exited)

    async def end(self, signal: str, grace: float) -> Exit:
        """End it and everything it started; a second call may hurry the first."""
        if not self.gone:
            self._ask(signal, grace)
            await asyncio.shield(self._gone)
        return self._exited.result()

    def _ask(self, signal: str, grace: float) -> None:
        deadline = self._loop.time() + max(grace, 0)
        first = self._killing is None
        if self._killing is None or deadline < self._killing.when():
            if self._killing is not None:
                self._killing.cancel()
            self._killing = self._loop.call_at(deadline, self._kill)
        self._note(f"asked {signal}")
        if not self.alive and not self.program.lingers:
            self._vanish()
        elif self.alive and signal == "SIGKILL":
            self.exit(Exit(signal="SIGKILL"))
        elif self.alive and first and signal not in self.program.ignores:
            ending = self.program.stops or Exit(signal=signal)
            self._timers.append(self._loop.call_later(self.program.stops_in, self.exit, ending))

    def _kill(self) -> None:
        self.exit(Exit(signal="SIGKILL"))
        self._vanish()

    def _vanish(self) -> None:
        if self._killing is not None:
            self._killing.cancel()
        if not self._gone.done():
            self._note("gone")
            self._gone.set_result(None)

    def _note(self, what: str) -> None:
        self._events.append(Event(self._loop.time(), self.launch.label, self._pid, what))


class FakeRuntime:
    """Starts pretended programs and remembers everything.

    ``programs`` by label: one, or several for one start after the other (the last one repeats). A label that is not named
    gets a program that runs until it is asked to end. ``boot``: seconds that a start takes.
    """

    def __init__(self, programs: Mapping[str, Program | Sequence[Program]] | None = None, *, boot: float = 0.0) -> None:
        self.programs: dict[str, Program | Sequence[Program]] = dict(programs or {})
        self.boot = boot
        self.events: list[Event] = []
        self.processes: list[FakeProcess] = []
        self._starts: dict[str, int] = {}

    @property
    def alive(self) -> tuple[FakeProcess, ...]:
        """Return the programs of which something is left, oldest first."""
        return tuple(process for process in self.processes if not process.gone)

    def of(self, label: str) -> FakeProcess:
        """Return the newest program of a label. Raises LookupError when none was started."""
        for process in reversed(self.processes):
            if process.launch.label == label:
                return process
        raise LookupError(f'no program "{label}" was started')

    async def spawn(self, launch: Launch, output: Output) -> FakeProcess:
        """Start a pretended program. Raises OutsideError when it is told to be refused."""
        program = self._next(launch.label)
        if self.boot:
            await asyncio.sleep(self.boot)
        if program.refused is not None:
            raise OutsideError(f"{launch.label}: {program.refused}", hint="this is a fake; tell it otherwise")
        process = FakeProcess(1000 + len(self.processes), launch, program, output, self.events)
        self.processes.append(process)
        return process

    def hurry(self) -> None:
        """Do nothing: no pretended program ever goes its own way."""

    def _next(self, label: str) -> Program:
        found = self.programs.get(label, Program())
        if isinstance(found, Program):
            return found
        start = self._starts.get(label, 0)
        self._starts[label] = start + 1
        return found[min(start, len(found) - 1)]
