"""A command in a pod over one WebSocket: the first byte of a message says which stream it belongs to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import msgspec

from homeport.adapters.kubernetes.failures import Status, refusal, status_of
from homeport.adapters.kubernetes.link import Link
from homeport.adapters.kubernetes.runs import pod_path
from homeport.adapters.kubernetes.wire import Socket
from homeport.model.errors import RefusedError
from homeport.ports.cluster import Finish, Stream, Target, Unreachable

_V5: Final = "v5.channel.k8s.io"
_V4: Final = "v4.channel.k8s.io"
_IN, _OUT, _ERR, _STATUS, _SIZE, _END = 0, 1, 2, 3, 4, 255
_PART: Final = 128 << 10
"""Bytes of a message: the cluster drops the connection above 32 MiB, and a large one holds up all others."""


class Command:
    """A running command. That the WebSocket opened says nothing: a missing program is told by ``output`` afterwards."""

    def __init__(self, socket: Socket, what: str, *, stdin: bool) -> None:
        self._socket = socket
        self._what = what
        self._asked = not stdin
        self._finish: Finish | None = None

    async def output(self) -> AsyncIterator[tuple[Stream, bytes]]:
        """Yield what it writes until it has ended. Raises Unreachable when the stream breaks, ClusterError for no start."""
        while self._finish is None:
            message = await self._socket.receive()
            if message.type is not aiohttp.WSMsgType.BINARY:
                raise self._broken()
            data: bytes = message.data
            if len(data) < 2:
                continue  # the first message is an empty one
            if data[0] == _OUT:
                yield "out", data[1:]
            elif data[0] == _ERR:
                yield "err", data[1:]
            elif data[0] == _STATUS:
                self._finish = Finish(self._code(data[1:]), self._asked)

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
        try:
            await self._socket.send_bytes(b"".join((bytes([channel]), data)))
        except (aiohttp.ClientError, ConnectionError) as error:
            raise self._broken() from error

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


@asynccontextmanager
async def running(link: Link, target: Target, argv: Sequence[str], *, stdin: bool, tty: bool) -> AsyncIterator[Command]:
    """Run a command for a block; the stream is closed at its end. Raises ClusterError."""
    query = [("command", word) for word in argv] + [("stdout", "true")]
    query += [("tty", "true")] if tty else [("stderr", "true")]  # a terminal has one output
    query += [("stdin", "true")] if stdin else []
    query += [("container", target.container)] if target.container else []
    what = f'run of "{argv[0]}" in the pod "{target.pod}"'
    socket = await link.open(f"{pod_path(target.namespace, target.pod)}/exec", what, query, (_V5, _V4))
    try:
        yield Command(socket, what, stdin=stdin)
    finally:
        await asyncio.shield(socket.close())
