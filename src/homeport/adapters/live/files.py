"""Changing files through a stream: everything is sent at once, and counts when the helper has said that it was done."""

from collections.abc import Sequence

from homeport.adapters.live.entries import link_entry
from homeport.adapters.live.large import Asked, send_large
from homeport.adapters.live.loading import Loaded
from homeport.adapters.live.pacing import Pace
from homeport.adapters.live.reading import Content
from homeport.adapters.live.refusals import not_applied
from homeport.adapters.live.stream import Answer, Stream
from homeport.model.errors import OutsideError
from homeport.ports.live import Done, Link, Move, NotApplied, Operation, Put, Remove, Wrote
from homeport.wire import helper as wire


class Changes:
    """The changes of one batch on one stream; with a ``pace`` where others must not wait behind them."""

    def __init__(self, stream: Stream, pace: Pace | None = None) -> None:
        self._stream = stream
        self._pace = pace
        self._asked: list[Asked] = []
        self._unread: list[tuple[str, OutsideError]] = []

    async def send(self, some: Sequence[Loaded]) -> None:
        """Let changes go out, each after the ones before it. Raises LinkBroken."""
        for operation, content in some:
            await self._step(len(content.content) if isinstance(content, Content) else 0)
            if isinstance(content, OutsideError):
                self._unread.append((operation.path, content))
            elif isinstance(operation, Put) and isinstance(content, Content) and content.entry is None:
                self._asked.append(await send_large(self._stream, operation, content.mode, self._step))
            else:
                self._one(operation, content)

    async def done(self) -> tuple[Done, ...]:
        """Wait until all are made and return them. Raises NotApplied for the first that was not, and LinkBroken."""
        made: list[Done] = []
        refused: tuple[str, wire.Ack] | None = None
        for operation, done, answer in self._asked:
            ack = await self._stream.answered(answer)
            assert isinstance(ack, wire.Ack)
            if ack.errno == 0:
                made.append(done)
            elif refused is None:
                refused = operation.path, ack
        if refused is not None:
            raise not_applied(*refused, made)
        if self._unread:
            path, error = self._unread[0]
            raise NotApplied(error.what, path=path, done=made, hint=error.hint)
        return tuple(made)

    def answers(self) -> set[Answer]:
        """Return what is still under way."""
        return {answer for _, _, answer in self._asked if not answer.done()}

    async def _step(self, size: int) -> None:
        """Wait until so many bytes may be put. Raises LinkBroken."""
        await self._stream.outbox.space()
        if self._pace is not None:
            await self._pace.step(self._stream, size)

    def _one(self, operation: Operation, content: Content | None) -> None:
        """Send a change that is held in memory."""
        number = self._stream.number()
        answer = self._stream.expect(number)
        done: Done
        if content is not None and content.entry is not None and content.entry.link is None:
            done = Wrote(operation.path, content.entry)
            for part in wire.parts(number, operation.path, content.mode, content.content):
                self._stream.put(part)
        elif isinstance(operation, Move):
            done = operation
            self._stream.put(wire.Move(number, operation.path, operation.to))
        elif isinstance(operation, Link) or content is not None:
            target = operation.target if isinstance(operation, Link) else _target(content)
            done = Wrote(operation.path, link_entry(target))
            self._stream.put(wire.Symlink(number, target, operation.path))
        else:
            done = Remove(operation.path)
            self._stream.put(wire.Remove(number, operation.path))
        self._asked.append((operation, done, answer))


def _target(content: Content | None) -> str:
    assert content is not None
    assert content.entry is not None
    return content.entry.link or ""
