"""One stream to the helper in a container: numbered questions, answers, and whether anybody is there."""

import asyncio
import itertools
from collections.abc import Callable

from homeport.adapters.live.outbox import Outbox
from homeport.adapters.live.silence import Silence
from homeport.aio.beside import beside
from homeport.model.errors import OutsideError
from homeport.ports.cluster import ClusterError, Command, Unreachable
from homeport.ports.live import LinkBroken
from homeport.wire import helper as wire

Route = Callable[[wire.Frame], None]
Answer = asyncio.Future[wire.Frame | None]
"""The last frame of an answer; None when the stream broke before it came."""


class Stream:
    """Frames to and from one ``serve``. ``hear`` is told what the helper tells unasked: the state of the container."""

    def __init__(self, what: str, hear: Callable[[wire.State], None], silence: Silence) -> None:
        self.outbox = Outbox()
        self.failure: OutsideError | None = None
        """Why the command did not run at all."""
        self._what = what
        self._hear = hear
        self._silence = silence
        self._numbers = itertools.count(1)
        self._routes: dict[int, Route] = {}
        self._answers: dict[int, Answer] = {}
        self._partings: dict[object, Callable[[], None]] = {}
        self._closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._said = b""

    def number(self) -> int:
        """Return the next number of a frame. Raises LinkBroken when the stream has ended."""
        if self._ended.done():
            raise self.broken()
        return next(self._numbers)

    def expect(self, number: int) -> Answer:
        """Return the future of the answer to a number; cancel it when nobody wants to know any more."""
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(lambda _: self._answers.pop(number, None))
        return answer

    def put(self, frame: wire.Frame) -> None:
        """Send a frame soon."""
        self.outbox.put(wire.encode(frame))

    async def ask(self, kind: Callable[[int], wire.Frame]) -> wire.Frame:
        """Send a frame with a number of its own and return the answer. Raises LinkBroken."""
        number = self.number()
        answer = self.expect(number)
        self.put(kind(number))
        return await self.answered(answer)

    async def answered(self, answer: Answer) -> wire.Frame:
        """Wait for an answer. Raises LinkBroken."""
        frame = await answer
        if frame is None:
            raise self.broken()
        return frame

    def route(self, number: int, route: Route, parting: Callable[[], None] | None = None) -> None:
        """Hand the frames of a number to ``route`` and tell ``parting`` when the stream ends, until ``unroute``."""
        self._routes[number] = route
        if parting is not None:
            self._partings[number] = parting

    def unroute(self, number: int) -> None:
        """Hand on no more frames of a number."""
        self._routes.pop(number, None)
        self._partings.pop(number, None)

    def broken(self) -> LinkBroken:
        """Return the error for who asks after the end."""
        why = self._ended.result() if self._ended.done() else "the link has ended"
        return LinkBroken(f"{self._what}: {why}", hint="it is opened again when the container runs")

    async def ended(self) -> str:
        """Wait for the end and return why."""
        return await asyncio.shield(self._ended)

    def close(self, why: str) -> None:
        """End it, for a reason of ours."""
        if not self._closed.done():
            self._closed.set_result(why)

    async def ping(self) -> None:
        """Ask for a sign of life, before all that waits to leave. Raises LinkBroken."""
        number = self.number()
        answer = self.expect(number)
        self.outbox.put_first(wire.encode(wire.Ping(number)))
        await self.answered(answer)

    async def live(self, command: Command) -> None:
        """Carry frames until the command or the way to it has ended; then nothing is answered any more."""
        why = "the link was closed"
        try:
            async with (
                beside(self.outbox.pump(command.send)) as sending,
                beside(self._read(command)) as reading,
                beside(self._silence.watch(self.ping, lambda: bool(self._answers))),
            ):
                await asyncio.wait({sending, reading, self._closed}, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    await asyncio.wait({reading}, timeout=1)  # it knows better why nothing can be sent
                why = next(each.result() for each in (reading, self._closed, sending) if each.done())
        finally:
            self._end(why)

    async def _read(self, command: Command) -> str:
        decoder = wire.Decoder()
        try:
            async for name, data in command.output():
                if name == "err":
                    self._said = (self._said + data)[-1000:]
                    continue
                self._silence.heard()
                for frame in decoder.feed(data):
                    self._take(frame)
            return self._reason(command.finish().code)
        except ClusterError as error:
            self.failure = None if isinstance(error, Unreachable) else error
            return error.what
        except OutsideError as error:
            return error.what

    def _reason(self, code: int) -> str:
        said = self._said.decode(errors="replace").strip().rpartition("\n")[2]
        if said:
            return said
        return "the container ended" if code == 137 else f"the helper ended with status {code}"

    def _take(self, frame: wire.Frame) -> None:
        if isinstance(frame, wire.State):
            self._hear(frame)
        number = frame.value if isinstance(frame, wire.Accepted) else frame.id
        if (route := self._routes.get(number)) is not None:
            route(frame)
        elif isinstance(frame, wire.Accepted):
            self.put(wire.Reset(frame.id))  # it came while we ended the listening
        elif (answer := self._answers.get(number)) is not None and not answer.done():
            answer.set_result(frame)

    def _end(self, why: str) -> None:
        self._ended.set_result(why)
        for answer in list(self._answers.values()):
            if not answer.done():
                answer.set_result(None)
        for parting in list(self._partings.values()):
            parting()
        self._routes.clear()
        self._partings.clear()
        self.outbox.release()
