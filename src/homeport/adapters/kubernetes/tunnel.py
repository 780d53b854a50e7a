"""Many connections into a pod inside one WebSocket, by SPDY."""

import asyncio
from typing import Final

import aiohttp

from homeport.adapters.kubernetes import spdy
from homeport.adapters.kubernetes.wire import Socket
from homeport.ports.callers import Caller
from homeport.ports.cluster import Unreachable

PROTOCOL: Final = "SPDY/3.1+portforward.k8s.io"


class _Stream:
    """One connection. ``over``: done when the pod's side has ended. ``mute``: it has not said anything.

    ``ends``: it has ended without a word, which is believed once the stream for its errors has ended, too: before, it may be that
    nobody listens.
    """

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.mute = True
        self.ends = False

    def end(self, *, orderly: bool) -> None:
        if self.over.done():
            return
        self.over.set_result(None)
        if orderly:
            self.caller.end()
        else:
            self.caller.abort()


class SpdySession:
    """One WebSocket into one pod. ``worn`` is done when a connection failed: it takes no others then, and ends with them."""

    def __init__(self, socket: Socket) -> None:
        self.worn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._socket = socket
        self._why = "the cluster closed the link to the pod"
        self._frames = spdy.Writer()
        self._streams: dict[int, _Stream] = {}
        self._errors: dict[int, int] = {}
        self._requests = 0
        self._pings = 1
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._ended = False

    async def carry(self, caller: Caller, remote: int) -> None:
        """Carry a connection to a port in the pod, to its end."""
        stream = _Stream(caller)
        number = await self._dial(remote, stream)
        try:
            await self._upwards(number, caller)
            either: set[asyncio.Future[None]] = {stream.over, caller.gone}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not caller.gone.done():
                await caller.flushed()
        finally:
            del self._streams[number]
            if not stream.over.done():
                await self._send(spdy.reset(number))
            await self._close_when_worn()

    async def ping(self) -> None:
        """Ask the runtime that holds the other end, behind the cluster's API and the kubelet, and wait for its answer."""
        number, self._pings = self._pings, self._pings + 2
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            await self._send(spdy.ping(number))
            await answer
        except ConnectionResetError as error:
            raise Unreachable(self._why) from error
        finally:
            del self._answers[number]

    async def close(self) -> None:
        """Close the WebSocket."""
        await self._socket.close()

    async def read(self) -> str:
        """Hand on what comes, until the link ends; then nothing is connected any more. Return why it ended."""
        reader = spdy.Reader()
        try:
            while (message := await self._socket.receive()).type is aiohttp.WSMsgType.BINARY:
                for frame in reader.feed(message.data):
                    if frame.kind == "goaway":
                        return self._why
                    await self._take(frame)
        except (aiohttp.ClientError, ConnectionError) as error:
            self._why = f"the link to the pod broke: {error}"
        finally:
            self.abort()
        return self._why

    def abort(self) -> None:
        """End all that is connected."""
        self._ended = True
        for stream in list(self._streams.values()):
            stream.end(orderly=False)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError())

    async def _close_when_worn(self) -> None:
        if self.worn.done() and not self._streams:
            await self._socket.close()

    async def _upwards(self, number: int, caller: Caller) -> None:
        while chunk := await caller.read():
            await self._send(spdy.data(number, chunk))
        if not caller.gone.done():
            await self._send(spdy.data(number, b"", fin=True))

    async def _dial(self, remote: int, stream: _Stream) -> int:
        """Open two streams with one request, for errors and for data; return the number of the one for data."""
        if self._ended or self.worn.done():
            raise Unreachable(self._why)
        request, self._requests = str(self._requests), self._requests + 1
        headers = {"port": str(remote), "requestid": request}
        errors, first = self._frames.open({"streamtype": "error", **headers})
        number, second = self._frames.open({"streamtype": "data", **headers})
        self._streams[number], self._errors[errors] = stream, number
        # At once: headers are one deflated text, whose parts must leave in their order.
        await self._send(first + spdy.data(errors, b"", fin=True) + second)
        return number

    async def _send(self, frames: bytes) -> None:
        if self._ended:
            raise ConnectionResetError
        try:
            await self._socket.send_bytes(frames)
        except aiohttp.ClientError as error:
            raise ConnectionResetError from error

    async def _take(self, frame: spdy.Frame) -> None:
        if frame.kind == "ping":
            await self._pinged(frame.body)
        elif stream := self._streams.get(frame.stream):
            await self._hand_on(frame, stream)
        elif number := self._errors.get(frame.stream):
            if frame.fin or frame.body:
                del self._errors[frame.stream]
            if (concerned := self._streams.get(number)) and (frame.body or (frame.fin and concerned.ends)):
                concerned.end(orderly=not frame.body)
            if frame.body and not self.worn.done():  # such as: nobody listens on the port
                self.worn.set_result(None)
                await self._close_when_worn()

    async def _pinged(self, body: bytes) -> None:
        """Take the answer to a ping of ours, whose numbers are odd; answer the peer's."""
        answer = self._answers.get(int.from_bytes(body, "big"))
        if answer is not None and not answer.done():
            answer.set_result(None)
        elif not int.from_bytes(body, "big") % 2:
            await self._send(spdy.ping(int.from_bytes(body, "big")))

    async def _hand_on(self, frame: spdy.Frame, stream: _Stream) -> None:
        if frame.body:
            stream.mute = False
            stream.caller.write(frame.body)
            try:
                await stream.caller.drain()
            except ConnectionError:
                return  # the program has left, and who carries it says so to the pod
        if frame.fin and stream.mute and frame.stream in self._errors.values():
            stream.ends = True
        elif frame.fin:
            stream.end(orderly=frame.kind == "data")
