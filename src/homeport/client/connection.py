"""One connection to a house: requests out, messages in."""

import json
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any, Self

VERSION = 1
"""The protocol's version; ``homeport.wire.requests`` has the same, and a test says so."""

_INT = 4
"""Bytes of each of the three numbers in a peer's credentials: process, user, group."""

_CROWD = 10.0
"""Seconds to wait before a door that is crowded, when nothing else was said."""
_LOOK = 0.02

Message = Mapping[str, Any]


class GoneError(ConnectionError):
    """The house ended, or dropped this client, before its answer was complete."""


class SilentError(TimeoutError):
    """The house did not answer in time. ``pid`` is its process, 0 where the system does not tell."""

    def __init__(self, pid: int) -> None:
        super().__init__("the house does not answer")
        self.pid = pid


class Connection:
    """A connection over which one request at a time is answered."""

    def __init__(self, path: str, timeout: float | None = None) -> None:
        """Connect to the socket ``path``. Raises GoneError when nobody listens there."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._rest = b""
        try:
            self._socket.settimeout(timeout)
            self._connect(path, timeout)
        except OSError as error:
            self._socket.close()
            if isinstance(error, FileNotFoundError | ConnectionRefusedError):
                raise GoneError("no house listens there") from error
            raise

    def _connect(self, path: str, timeout: float | None) -> None:
        """Connect; while too many wait before the door, wait as well. Raises SilentError when that takes too long."""
        limit = time.monotonic() + (timeout if timeout is not None else _CROWD)
        while True:
            try:
                self._socket.connect(path)
            except BlockingIOError as error:
                if time.monotonic() > limit:
                    raise SilentError(0) from error
                time.sleep(_LOOK)
            else:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave; what was being followed ends."""
        self._socket.close()

    def fileno(self) -> int:
        """The descriptor, to wait until there is something to read."""
        return self._socket.fileno()

    def send(self, op: str, **what: Any) -> None:
        """Send a request."""
        try:
            self._socket.sendall(json.dumps({"v": VERSION, "op": op, **what}).encode() + b"\n")
        except (BrokenPipeError, ConnectionResetError) as error:
            raise GoneError("the house is gone") from error

    def ask(self, op: str, **what: Any) -> Iterator[Message]:
        """Send a request and yield its answer, without the end. Raises what the house refuses as RefusedError."""
        self.send(op, **what)
        while True:
            for message in self.read():
                if message["type"] == "end":
                    return
                yield message

    def read(self) -> Iterator[Message]:
        """Wait for something to come in; yield the messages that are complete.

        Raises GoneError at the end, SilentError when the time that was given has passed.
        """
        try:
            chunk = self._socket.recv(1 << 18)
        except TimeoutError as error:
            raise SilentError(_peer(self._socket)) from error
        except ConnectionResetError as error:
            raise GoneError("the house is gone") from error
        if not chunk:
            raise GoneError("the house is gone")
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if message["type"] == "error":
                raise _refusal(message)
            yield message


def _peer(connected: socket.socket) -> int:
    """Return the process that listens at the other side, 0 where the system does not tell."""
    asked = getattr(socket, "SO_PEERCRED", None)
    if asked is None:
        return 0
    credentials = connected.getsockopt(socket.SOL_SOCKET, asked, 3 * _INT)
    return int.from_bytes(credentials[:_INT], sys.byteorder)


def _refusal(message: Message) -> Exception:
    from homeport.model.errors import HomeportError, OutsideError, RefusedError, WorkFailed

    family: tuple[type[HomeportError], ...] = (RefusedError, OutsideError, WorkFailed)
    kind = next((kind for kind in family if kind.exit_code == message.get("exit", 2)), HomeportError)
    return kind(message["what"], hint=message.get("hint"))
