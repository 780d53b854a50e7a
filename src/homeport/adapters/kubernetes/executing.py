"""A command in a pod over one WebSocket: the first byte of a message says which stream it belongs to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import aiohttp
import msgspec

from homeport.adapters.kubernetes.aftermath import LOOK, is_over
from homeport.adapters.kubernetes.failures import Status, refusal, status_of
from homeport.adapters.kubernetes.link import Link
from homeport.adapters.kubernetes.runs import pod_path
from homeport.adapters.kubernetes.wire import Socket
from homeport.model.errors import RefusedError
from homeport.ports.cluster import ClusterError, Finish, Stream, Target, Unreachable

_V5: Final = "v5.channel.k8s.io"
_V4: Final = "v4.channel.k8s.io"
_IN, _OUT, _ERR, _STATUS, _SIZE, _END = 0, 1, 2, 3, 4, 255
_PART: Final = 128 << 10
"""Bytes of a message: the cluster drops the connection above 32 MiB, and a large one holds up all others."""
_HELD: Final = 32 << 10
"""Bytes of input from which on a command that does not read them can hold up the news of its own end."""
_SILENCE: Final = 3.0
"""Seconds without news after which a command with so much input is looked at, each time twice as long."""
_LONGEST: Final = 30.0
_GRACE: Final = 2.0
"""Seconds within which the end of a command that is over is told, if it is told at all."""
_BLIND: Final = 60.0
"""Seconds of silence until a command of which nothing can be seen, and that takes no input, is waited for no longer."""
_LESS: Final = "give it no more input than it reads"

Over = Callable[[float], Awaitable[bool | None]]
"""Tells whether the command that was begun so many seconds ago is over; None: nobody knows."""


class Command:
    """A running command. That the WebSocket opened says nothing: a missing program is told by ``output`` afterwards."""

    def __init__(self, socket: Socket, what: str, over: Over, *, stdin: bool) -> None:
        self._socket = socket
        self._what = what
        self._over = over
        self._asked = not stdin
        self._finish: Finish | None = None
        self._began = asyncio.get_running_loop().time()
        self._sent = 0
        self._writing = False

    async def output(self) -> AsyncIterator[tuple[Stream, bytes]]:
        """Yield what it writes until it has ended. Raises Unreachable when the stream breaks, ClusterError for no start.

        Raises ClusterError, too, when it left its input unread, so that the cluster does not tell how it ended, or nobody
        knows whether it did.
        """
        while self._finish is None:
            data = await self._heard()
            if len(data) < 2:
                continue  # the first message is an empty one
            if data[0] == _OUT:
                yield "out", data[1:]
            elif data[0] == _ERR:
                yield "err", data[1:]
            elif data[0] == _STATUS:
                self._finish = Finish(self._code(data[1:]), self._asked)

    async def _heard(self) -> bytes:
        """Return the next message; a silence makes sure that there is somebody to wait for."""
        silence, blind = _SILENCE, 0.0
        while True:
            with suppress(TimeoutError):
                return await self._next(silence)
            may_hang = self._sent >= _HELD and (self._writing or self._asked)
            over = await self._look() if may_hang else False
            blind = blind + silence if over is None and self._writing else 0.0
            silence = min(_LONGEST, silence * 2)
            if over or blind >= _BLIND:
                with suppress(TimeoutError):
                    return await self._next(_GRACE)
                raise self._untold() if over else self._unseen()

    async def _next(self, limit: float) -> bytes:
        async with asyncio.timeout(limit):
            message = await self._socket.receive()
        if message.type is aiohttp.WSMsgType.BINARY:
            return bytes(message.data)
        raise self._untold() if self._sent >= _HELD and await self._look() else self._broken()

    async def _look(self) -> bool | None:
        return await self._over(asyncio.get_running_loop().time() - self._began)

    async def send(self, data: bytes) -> None:
        """Write to its input; waits while the way is full. Raises Unreachable when the stream has ended."""
        view = memoryview(data)
        for start in range(0, len(data), _PART):
            await self._put(_IN, view[start : start + _PART])

    async def send_eof(self) -> None:
        """End its input. Raises RefusedError where the cluster is too old to be told so."""
        if self._socket.protocol != _V5:
            raise RefusedError(
                f"{self._what}: this cluster cannot be told that the input ends",
                hint="use a command that knows the length of its input, or update the cluster to 1.30",
            )
        self._asked = True
        await self._put(_END, bytes([_IN]))

    async def resize(self, columns: int, rows: int) -> None:
        """Tell its terminal a new size."""
        await self._put(_SIZE, msgspec.json.encode({"Width": columns, "Height": rows}))

    def finish(self) -> Finish:
        """Return how it ended, once ``output`` is over."""
        if self._finish is None:
            raise self._broken()
        return self._finish

    async def _put(self, channel: int, data: bytes | memoryview) -> None:
        if self._finish is not None or self._socket.closed:
            raise self._broken()
        self._writing = True
        self._sent += len(data)  # at once: what makes the sender wait holds the news up, too
        try:
            await self._socket.send_bytes(b"".join((bytes([channel]), data)))
        except (aiohttp.ClientError, ConnectionError) as error:
            raise self._broken() from error
        self._writing = False
        # While the way is open nothing else waits: without a turn of the loop nobody would see that the other side is gone.
        await asyncio.sleep(0)

    def _code(self, said: bytes) -> int:
        status: Status = status_of(said, 0)
        if status.status == "Success":
            return 0
        causes = (status.details.causes if status.details else None) or []
        for cause in causes:
            if cause.reason == "ExitCode":
                return int(cause.message)
        raise refusal(self._what, status)

    def _broken(self) -> Unreachable:
        return Unreachable(f"{self._what}: the connection has ended", hint="see whether the pod still runs")

    def _untold(self) -> ClusterError:
        return ClusterError(
            f"{self._what}: it ended and left its input unread, and the cluster does not tell its exit code",
            reason="Untold",
            hint=_LESS,
        )

    def _unseen(self) -> ClusterError:
        return ClusterError(
            f"{self._what}: it has taken no input for a minute, and nobody can see whether it still runs",
            reason="Untold",
            hint=_LESS,
        )


@asynccontextmanager
async def running(link: Link, target: Target, argv: Sequence[str], *, stdin: bool, tty: bool) -> AsyncIterator[Command]:
    """Run a command for a block; the stream is closed at its end. Raises ClusterError."""
    query = [("command", word) for word in argv] + [("stdout", "true")]
    query += [("tty", "true")] if tty else [("stderr", "true")]  # a terminal has one output
    query += [("stdin", "true")] if stdin else []
    query += [("container", target.container)] if target.container else []
    what = f'run of "{argv[0]}" in the pod "{target.pod}"'
    socket = await link.open(f"{pod_path(target.namespace, target.pod)}/exec", what, query, (_V5, _V4))

    async def over(elapsed: float) -> bool | None:
        return is_over(await _seen(link, target), elapsed)

    try:
        yield Command(socket, what, over, stdin=stdin)
    finally:
        await asyncio.shield(socket.close())


async def _seen(link: Link, target: Target) -> bytes:
    """Return which processes a container has, as they tell it; nothing when that cannot be learned."""
    found = bytearray()
    with suppress(ClusterError, TimeoutError):
        async with asyncio.timeout(_LONGEST), running(link, target, LOOK, stdin=False, tty=False) as command:
            async for stream, data in command.output():
                if stream == "out":
                    found += data
    return bytes(found)
