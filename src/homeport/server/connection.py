"""One client: requests in, answers out, one at a time."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import aclosing

from homeport.kit import shortage
from homeport.model.errors import Bug, HomeportError, OutsideError, RefusedError
from homeport.ports.doors import Doors
from homeport.server.answers import answer, follows
from homeport.server.discreet import discreet
from homeport.server.peer import peer_uid
from homeport.wire.codec import decode_request
from homeport.wire.replies import AnyReply, End, Error
from homeport.wire.requests import LIMIT, AnyRequest


class Connection(asyncio.StreamReaderProtocol):
    """Talks to one client. Its work ends when the client leaves, when it does not read, or when the house closes.

    ``stall`` is how many seconds a client may leave its buffer full before it is dropped, ``silence`` how many it may take for
    its first request. The buffer holds one message and 64 KiB: nothing piles up for a client that is slow.
    """

    def __init__(
        self, doors: Doors, uid: int, stall: float, silence: float, others: set["Connection"], most: int
    ) -> None:
        self._doors = doors
        self._uid = uid
        self._stall = stall
        self._silence = silence
        self._others = others
        self._most = most
        self._following = False
        self.task: asyncio.Task[None] | None = None
        super().__init__(asyncio.StreamReader(limit=LIMIT), self._talk)

    def eof_received(self) -> bool:
        """End what is being followed: nobody listens any more."""
        self._leave()
        return bool(super().eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        """End what is being followed."""
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        if self._following and self.task is not None:
            self.task.cancel()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.task = asyncio.current_task()
        self._others.add(self)
        try:
            self._admit(writer)
            line = await self._first_line(reader)
            while line:
                await self._answer(decode_request(line), writer)
                line = await _line(reader)
        except HomeportError as error:
            await self._last_word(writer, Error(error.what, error.hint, error.exit_code))
        except (ConnectionError, TimeoutError):
            writer.transport.abort()
        except asyncio.CancelledError:
            # The client left, or the house closes. The streams of Python 3.11 report a cancelled task as a failed one.
            writer.transport.abort()
        except Exception as error:
            # Our own mistake: the client must not take it for the end of the house, and the log is to have the trace.
            await self._last_word(writer, _our_mistake(error))
            raise
        finally:
            self._others.discard(self)
            writer.close()

    async def _first_line(self, reader: asyncio.StreamReader) -> bytes:
        """Return the first request. Raises RefusedError for a client that says nothing: it takes another one's place."""
        try:
            async with asyncio.timeout(self._silence):
                return await _line(reader)
        except TimeoutError:
            raise RefusedError(
                f"no request came within {self._silence:g} s", hint="connect when there is one"
            ) from None

    def _admit(self, writer: asyncio.StreamWriter) -> None:
        peer: socket.socket = writer.get_extra_info("socket")
        uid = peer_uid(peer)
        if uid not in (self._uid, 0):
            raise RefusedError(f"this house belongs to user {self._uid}, and you are user {uid}")
        if len(self._others) > self._most:
            raise RefusedError(f"{self._most} clients are connected already", hint="close one of them")

    async def _answer(self, request: AnyRequest, writer: asyncio.StreamWriter) -> None:
        self._following = follows(request)
        try:
            async with aclosing(_replies(self._doors, request)) as messages:
                async for message in messages:
                    await self._send(writer, message)
        finally:
            self._following = False

    async def _send(self, writer: asyncio.StreamWriter, message: AnyReply) -> None:
        writer.write(discreet(message, self._doors.mask))
        async with asyncio.timeout(self._stall):
            await writer.drain()

    async def _last_word(self, writer: asyncio.StreamWriter, message: Error) -> None:
        try:
            await self._send(writer, message)
        except (ConnectionError, TimeoutError):
            writer.transport.abort()


def _our_mistake(error: Exception) -> Error:
    if (short := shortage.of_error(error)) is not None:
        return Error(f"the house has reached a limit: {short.reason}", short.hint, OutsideError.exit_code)
    bug = Bug(
        f"this is a mistake of Homeport: {type(error).__name__}: {error}", hint="please report it with what you did"
    )
    return Error(bug.what, bug.hint, bug.exit_code)


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Return the next request, or nothing when the client has left. Raises RefusedError for an oversized one."""
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise RefusedError(
                "the request has no end: a request is one line", hint="end it with a line feed"
            ) from None
        return b""
    except asyncio.LimitOverrunError:
        raise RefusedError(f"the request is longer than {LIMIT} bytes") from None


async def _replies(doors: Doors, request: AnyRequest) -> AsyncGenerator[AnyReply, None]:
    try:
        async with aclosing(answer(doors, request)) as messages:
            async for message in messages:
                yield message
    except HomeportError as error:
        yield Error(error.what, error.hint, error.exit_code)
    else:
        yield End()
