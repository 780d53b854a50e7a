"""Opening a loopback connection without waiting: the kernel decides at once whether anyone listens."""

import asyncio
import errno
import socket
from typing import Final

FAMILIES: Final = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_PENDING: Final = frozenset({errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK})
_DONE: Final = frozenset({0, errno.EISCONN})
_DULL: Final = frozenset({errno.ECONNREFUSED, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETUNREACH})


async def dial(port: int) -> socket.socket | int:
    """Connect to a loopback port, 127.0.0.1 before ::1; return the connection, or the errno that tells most.

    Waits without limit when the listener's backlog is full: the caller sets the time limit.
    """
    refusal = errno.ECONNREFUSED
    for family, host in FAMILIES:
        sock, error = begin(family, host, port)
        if sock is None:
            refusal = worse(refusal, error)
            continue
        try:
            if error:
                await writable(sock)
                error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        except BaseException:
            sock.close()
            raise
        if error == 0:
            return sock
        sock.close()
        refusal = worse(refusal, error)
    return refusal


def begin(family: int, host: str, port: int) -> tuple[socket.socket | None, int]:
    """Begin to connect; return the socket (None when it failed) and an errno: 0, or that it is still under way.

    On loopback the outcome is known as soon as the call returns, so that this is nearly always decided without waiting.
    """
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as failure:  # a machine without IPv6, or no descriptor left
        return None, failure.errno or errno.EIO
    sock.setblocking(False)
    error = sock.connect_ex((host, port))
    if error in _PENDING:
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or sock.connect_ex((host, port))
    if error in _DONE:
        return sock, 0
    if error in _PENDING:
        return sock, error
    sock.close()
    return None, error


def worse(known: int, error: int) -> int:
    """Return the errno that tells more: a plain refusal, or the lack of IPv6, tells least."""
    return known if error in _DULL else error


async def writable(sock: socket.socket) -> None:
    """Wait until the socket takes bytes or its connection is decided."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_writer(sock, _set, ready)
    try:
        await ready
    finally:
        loop.remove_writer(sock)


async def readable(sock: socket.socket) -> None:
    """Wait until the socket has bytes or its end."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(sock, _set, ready)
    try:
        await ready
    finally:
        loop.remove_reader(sock)


def _set(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
