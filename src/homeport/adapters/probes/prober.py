"""One look at a loopback port: a connection, or one small GET over it.

No HTTP library, since a hundred servers that start at once are looked at every few tens of milliseconds each.
"""

import asyncio
import errno
import os
import socket
from typing import Final

from homeport.adapters.probes.http import complete, hopeless, request, status, wrong_status
from homeport.aio.dialling import dial, readable, writable
from homeport.ports.prober import Look

_CHUNK: Final = 65536
_REST: Final = 0.05
"""Seconds to let a body end by itself once the status is known: closing earlier makes some servers print errors."""
_STAYS: Final = 0.05
"""Seconds in which a relay that finds nobody behind itself has closed the connection: it takes less than one millisecond."""
_REST_BYTES: Final = 1 << 18


class LoopbackProber:
    """Looks over 127.0.0.1 and ::1."""

    async def look(self, look: Look) -> str | None:
        """Return None when healthy, else a short sentence why not."""
        try:
            wanted = b"" if look.path is None else request(look)
        except ValueError as error:
            return str(error)
        try:
            async with asyncio.timeout(look.timeout):
                return await _look(look, wanted)
        except TimeoutError:
            return f"no answer within {look.timeout:g} s"


async def _look(look: Look, wanted: bytes) -> str | None:
    sock = await dial(look.port)
    if isinstance(sock, int):
        return _refusal(sock, look.port)
    with sock:
        if look.path is None:
            return await _taken(sock, look.port) if look.relayed else None
        try:
            await _send(sock, wanted)
            return await _answer(sock, look)
        except OSError as error:
            if error.errno in {errno.ECONNRESET, errno.EPIPE}:
                return "closed the connection without an answer"
            return f"the connection broke: {os.strerror(error.errno or 0)}"


async def _taken(sock: socket.socket, port: int) -> str | None:
    """Look whether a connection stays open for a moment, or somebody speaks: then it was taken behind the relay, too."""
    try:
        async with asyncio.timeout(_STAYS):
            if await _receive(sock):
                return None
    except TimeoutError:
        return None
    except OSError:
        pass  # reset, which says the same
    return f"nobody listens behind port {port}"


async def _send(sock: socket.socket, data: bytes) -> None:
    while data:
        try:
            data = data[sock.send(data) :]
        except BlockingIOError:
            await writable(sock)


async def _answer(sock: socket.socket, look: Look) -> str | None:
    """Read up to the status, judge it, then read on politely."""
    answer = b""
    while (seen := status(answer)) is None:
        if hopeless(answer):
            return "the answer is not HTTP"
        more = await _receive(sock)
        if not more:
            return "closed the connection within its answer" if answer else "closed the connection without an answer"
        answer += more
    await _rest(sock, answer)
    return wrong_status(look, seen)


async def _rest(sock: socket.socket, answer: bytes) -> None:
    """Read what is left of the body, within limits; how it ends does not change the verdict."""
    if complete(answer):
        return
    try:
        async with asyncio.timeout(_REST):
            while not complete(answer) and len(answer) < _REST_BYTES:
                more = await _receive(sock)
                if not more:
                    return
                answer += more
    except OSError:  # TimeoutError is one
        return


async def _receive(sock: socket.socket) -> bytes:
    while True:
        try:
            return sock.recv(_CHUNK)
        except BlockingIOError:
            await readable(sock)


def _refusal(error: int, port: int) -> str:
    if error == errno.ECONNREFUSED:
        return f"connection refused on port {port}"
    if error in {errno.EMFILE, errno.ENFILE}:
        return "Homeport has too many files open to look"
    return f"no connection on port {port}: {os.strerror(error).lower()}"
