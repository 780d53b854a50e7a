"""Commands in a container, through a stream."""

from collections.abc import Callable, Sequence

from homeport.adapters.live.refusals import refused
from homeport.adapters.live.stream import Stream
from homeport.ports.cluster import Stream as Output
from homeport.wire import helper as wire


async def run(stream: Stream, argv: Sequence[str], folder: str, output: Callable[[Output, bytes], None] | None) -> int:
    """Run a command and return its status; it is ended when nobody waits any more. Raises LinkBroken, OutsideError."""
    number = stream.number()
    answer = stream.expect(number)

    def hear(frame: wire.Frame) -> None:
        if isinstance(frame, wire.Output | wire.Complaint):
            if output is not None:
                output("out" if isinstance(frame, wire.Output) else "err", frame.content)
        elif not answer.done():
            answer.set_result(frame)

    stream.route(number, hear)
    ended = False
    try:
        stream.put(wire.Run(number, folder, tuple(argv)))
        frame = await stream.answered(answer)
        ended = True
    finally:
        stream.unroute(number)
        if not ended:
            stream.put(wire.Reset(number))
    if isinstance(frame, wire.Exit):
        return frame.value
    assert isinstance(frame, wire.Ack)
    raise refused(f'"{argv[0]}" was not run in the container', frame)
