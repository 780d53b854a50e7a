"""Programs as plain processes of this machine."""

import asyncio
import itertools
import os
from collections.abc import Callable
from types import TracebackType
from typing import Self

from homeport.adapters.process.channel import Channel
from homeport.adapters.process.foundlings import Foundlings
from homeport.adapters.process.guard import Guard, become_reaper
from homeport.adapters.process.launching import mark_of, outlets, promise_frame, refusal_in, spawn_frame
from homeport.adapters.process.plumbing import plumb
from homeport.adapters.process.pulse import Pulse
from homeport.adapters.process.refusals import holds_nul, refusal
from homeport.adapters.process.running import Running
from homeport.adapters.process.survivor import collect, exit_of, watched
from homeport.guardian.frames import Frame, pack
from homeport.kit.signals import signal_number
from homeport.model.errors import OutsideError
from homeport.ports.containers import Promise
from homeport.ports.ledger import Ledger, NoLedger
from homeport.ports.runtime import Exit, Launch, Output

LAST_GRACE = 3.0
PROMPT = 8.0
"""Seconds in which a start is told, also on a busy machine."""
LATE = 1.0
"""Seconds after its deadline in which nothing is left of a run."""
CLOSING_LIMIT = 10.0
RESTART_PAUSE = 0.5
STRAYS_GRACE = 1000
"""Milliseconds for what belongs to no run any more, once all runs have ended in their own time."""


class ProcessRuntime:
    """Keeps the promises of ``ports.runtime.Runtime``, and those of ``ports.containers.Will``, through a guardian.

    It does so for as long as the ``async with`` lasts.

    ``portable``: without what only Linux has. ``say`` gets a sentence when something happened that people should know. A
    launch without ``HOMEPORT_RUN`` in its environment gets one: the mark by which its descendants are known. ``ledger``
    notes what runs, for a later house in case that we and the guardian are killed at once.
    """

    def __init__(
        self, *, portable: bool = False, say: Callable[[str], None] | None = None, ledger: Ledger | None = None
    ) -> None:
        self._portable = portable or not hasattr(os, "pidfd_open")
        self._say = say or (lambda _: None)
        self._ledger = ledger or NoLedger()
        self._numbers = itertools.count(1)
        self._running: dict[int, Running] = {}
        self._guard: Guard | None = None
        self._channel: Channel | None = None
        self._foundlings = Foundlings(self._known, lambda: next(self._numbers), self._send, self._ledger)
        self._pulse = Pulse(self._is_overdue, lambda: self._send(pack(b"ping")), self._give_up)
        self._closing: asyncio.Future[None] | None = None
        self._began = 0.0
        self._hurried = False
        self._promises: dict[str, Promise] = {}
        self._back = asyncio.Event()

    @property
    def guardian(self) -> int:
        """The process id of the guardian (0 while there is none)."""
        return self._guard.pid if self._guard else 0

    async def __aenter__(self) -> Self:
        """Start the guardian. Raises OutsideError when this machine can start nothing."""
        if not self._portable:
            become_reaper()
        try:
            self._connect()
        except OSError as error:
            raise OutsideError(f"the guardian of processes cannot be started: {error.strerror}") from error
        if not self._portable:
            self._foundlings.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End whatever still runs, then the guardian."""
        try:
            async with asyncio.timeout(CLOSING_LIMIT):
                for running in list(self._running.values()):
                    running.ask(signal_number(running.launch.stop), LAST_GRACE)
                while self._running:
                    await asyncio.shield(next(iter(self._running.values())).gone)
                if not self._portable:
                    self._foundlings.look()
                self._closing = asyncio.get_running_loop().create_future()
                if self._channel is not None:
                    self._channel.send(pack(b"grace", 0 if self._hurried else STRAYS_GRACE))
                    self._channel.send(pack(b"finish"))
                    await self._closing
        except TimeoutError:
            self._say("some processes do not end; the guardian stays until they do")
        finally:
            self._let_go()

    async def spawn(self, launch: Launch, output: Output) -> Running:
        """Start a program. Raises OutsideError when it cannot be started: what was searched and what to do."""
        channel = await self._reach()
        number = next(self._numbers)
        try:
            mark = mark_of(launch, number)
            frame = spawn_frame(number, launch, mark)
            plumbing = plumb(launch)
        except ValueError:
            raise holds_nul(launch) from None
        except OSError as error:
            raise refusal(launch, error.errno or 0, "program", launch.argv[0]) from error
        running = Running(number, launch, mark, outlets(plumbing, launch, output), self._send_end)
        self._running[number] = running
        channel.send(frame, plumbing.theirs)
        self._pulse.expect(PROMPT)
        try:
            await asyncio.shield(running.begun)
        except asyncio.CancelledError:
            running.begun.cancel()
            running.kill()  # nobody will hold it
            raise
        return running

    def hurry(self) -> None:
        """Leave no time at the end to what belongs to no run any more."""
        self._hurried = True
        self._send(pack(b"grace", 0))

    def promise(self, promise: Promise) -> None:
        """Have a container removed if we are gone without having done it."""
        self._ledger.promised(promise)
        self._promises[promise.name] = promise
        self._send(promise_frame(promise))

    def release(self, name: str) -> None:
        """Forget a container: it is removed."""
        if self._promises.pop(name, None) is not None:
            self._send(pack(b"release", os.fsencode(name)))
            self._ledger.released(name)

    async def _reach(self) -> Channel:
        """Return the way to the guardian; while another one is being started, wait for it."""
        while self._channel is None:
            if self._closing is not None or not self._began:
                raise OutsideError("the runtime of processes is closed", hint="programs are started while it is open")
            self._back.clear()
            await self._back.wait()
        return self._channel

    def _send(self, frame: bytes) -> None:
        """Tell the guardian something that its successor would be told anew."""
        if self._channel is not None:
            self._channel.send(frame)

    def _send_end(self, running: Running) -> None:
        """Tell the guardian to end a run."""
        if running.asked is not None:
            self._send(pack(b"end", running.number, running.asked, running.grace))
            self._pulse.expect(running.grace / 1000 + LATE)

    def _is_overdue(self) -> bool:
        """Whether a start or an end should have been told by now."""
        now = asyncio.get_running_loop().time()
        return any(not run.begun.done() or now > run.deadline + LATE for run in self._running.values())

    def _give_up(self) -> None:
        """Kill a guardian that does not answer: its successor takes over what it held up."""
        if self._guard is not None:
            self._say("the guardian of processes does not answer (was it stopped?) and is replaced")
            self._guard.kill()

    def _known(self) -> set[int]:
        """Return our children that have their place: the guardian, and the runs of a former one."""
        return {self.guardian, *(running.pid for running in self._running.values())}

    def _heard(self, frame: Frame) -> None:
        """Take in what the guardian reports."""
        self._pulse.heard()
        match frame[0]:
            case b"orphan":
                self._ledger.began(int(frame[1]), signal_number("SIGTERM"))
            case b"left":
                self._ledger.ended(int(frame[1]))
            case b"done":
                self._ledger.all_ended()
            case b"pong":
                return  # any word will do
            case _ if running := self._running.get(int(frame[1])):
                self._heard_of(running, frame)

    def _heard_of(self, running: Running, frame: Frame) -> None:
        """Take in what the guardian reports of a run."""
        match frame[0]:
            case b"started":
                running.pid, running.start = int(frame[2]), int(frame[3])
                self._ledger.began(running.pid, signal_number(running.launch.stop))
                if not running.begun.done():
                    running.begun.set_result(None)
            case b"failed":
                self._drop(running, refusal_in(running.launch, frame))
            case b"exited" if frame[2] != b"?":
                running.has_exited(exit_of(int(frame[2])))
            case b"exited" if running.survivor is None:
                running.has_exited(collect(running.pid) or Exit())
            case b"gone":
                for pid in frame[2:]:
                    collect(int(pid))
                self._ledger.ended(running.pid)
                self._drop(running, None)

    def _drop(self, running: Running, error: OutsideError | None) -> None:
        """Forget a run of which nothing is left, or that never began."""
        self._running.pop(running.number, None)
        if not running.begun.done():
            running.begun.set_exception(error or OutsideError(f"{running.launch.label}: the runtime was closed"))
        running.is_gone()

    def _connect(self) -> None:
        """Start a guardian."""
        self._guard = Guard(portable=self._portable)
        self._channel = Channel(self._guard.end, self._heard, self._lost)
        self._began = asyncio.get_running_loop().time()
        self._ledger.guarded(self._guard.pid)
        if self._hurried:
            self.hurry()
        for promise in self._promises.values():
            self._send(promise_frame(promise))

    def _lost(self) -> None:
        """The guardian is gone: as wanted, or its services live on and get another one."""
        words = self._guard.collect() if self._guard is not None else ""
        self._guard = self._channel = None
        if self._closing is not None:
            if not self._closing.done():
                self._closing.set_result(None)
            return
        if words:
            self._say(f"the guardian's last words (please report): {words.splitlines()[-1]}")
        loop = asyncio.get_running_loop()
        # One that dies at birth must not keep the loop busy.
        loop.call_at(max(loop.time(), self._began + RESTART_PAUSE), self._succeed)

    def _succeed(self) -> None:
        """Start another guardian and hand over what the former one left."""
        if self._closing is not None:
            return
        try:
            self._connect()
        except OSError as error:
            self._say(f"another guardian of processes cannot be started ({error.strerror}); trying again")
            asyncio.get_running_loop().call_later(RESTART_PAUSE, self._succeed)
            return
        for running in list(self._running.values()):
            self._hand_over(running)
        if not self._portable:
            self._foundlings.hand_over()
        self._back.set()
        self._say(
            f"the guardian of processes died; what runs lives on, and another one takes over (pid {self.guardian})"
        )

    def _hand_over(self, running: Running) -> None:
        """Tell the new guardian about a run of the former one; a start that was under way is undone."""
        if not running.begun.done():
            hint = "it will be tried again if its restart policy says so"
            lost = OutsideError(f"{running.launch.label}: the guardian of processes died during the start", hint=hint)
            running.begun.set_exception(lost)
            running.kill()
        if not running.exited.done() and running.pid > 0 and not self._portable and running.survivor is None:
            if ending := collect(running.pid):
                running.has_exited(ending)
            else:
                running.survivor = watched(running.pid, running.has_exited)
        alive = running.pid > 0 and not running.exited.done()
        stop = signal_number(running.launch.stop)
        self._send(pack(b"adopt", running.number, running.pid, running.start, stop, alive, running.mark))
        self._send_end(running)

    def _let_go(self) -> None:
        """Close everything of ours; a guardian that is still busy ends what is left by itself."""
        self._closing = self._closing or asyncio.get_running_loop().create_future()
        self._foundlings.close()
        self._pulse.rest()
        self._back.set()
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._guard is not None:
            self._guard.collect()
            self._guard = None
        for running in list(self._running.values()):
            self._drop(running, None)
