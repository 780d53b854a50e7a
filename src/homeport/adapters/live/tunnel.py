"""A port in a pod whose connections lead to this machine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from homeport.adapters.live.connection import Connection
from homeport.adapters.live.credit import Budget, Window
from homeport.adapters.live.refusals import refused
from homeport.adapters.live.stream import Stream
from homeport.wire import helper as wire


@asynccontextmanager
async def listening(
    stream_of: Callable[[], Awaitable[Stream]], budget: Budget, port: int, local: int
) -> AsyncIterator[None]:
    """Listen in the pod for a block. Raises OutsideError when the port is taken there, and LinkBroken."""
    stream = await stream_of()
    number = stream.number()
    answer = stream.expect(number)
    connections: dict[int, Connection] = {}

    def hear(frame: wire.Frame) -> None:
        if isinstance(frame, wire.Accepted):
            made = connections[frame.id] = Connection(stream, frame.id, Window(budget), _forget)
            made.begin(local)
        elif not answer.done():
            answer.set_result(frame)

    def _forget(number: int) -> None:
        connections.pop(number, None)

    stream.route(number, hear)
    stream.put(wire.Listen(number, port))
    try:
        ack = await stream.answered(answer)
        if isinstance(ack, wire.Ack) and ack.errno:
            raise refused(f"the port {port} cannot be opened in the container", ack)
        yield
    finally:
        stream.unroute(number)
        stream.put(wire.Reset(number))
        for connection in list(connections.values()):
            connection.end()
