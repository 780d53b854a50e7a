"""What can be asked of a house, one method for each request."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from homeport.client.connection import Connection, Message
from homeport.wire.plain import frame_of, line_of

if TYPE_CHECKING:  # the real types need msgspec, whose import costs more than a whole `status` may
    from homeport.model.lines import LogLine
    from homeport.model.view import Frame


PATIENCE = 10.0
"""Seconds that a house has for an answer that is drawn from what it knows; one that takes longer hangs or was stopped."""


class Waited(NamedTuple):
    """How a wait ended: ``reached``, ``failed``, ``timeout`` or ``closing``, and what is ``missing``, by name.

    ``file_error``: what is wrong with the stack file; the answer is about its last good version then.
    """

    outcome: str
    missing: Mapping[str, str]
    file_error: str | None


class Client:
    """A house by the path of its socket; every call is a connection of its own.

    All calls raise RefusedError (and its family) for what the house refuses, and GoneError, an OSError, when it is not
    there or ends meanwhile. Calls with one answer raise SilentError, an OSError too, when it does not come.
    """

    def __init__(self, path: str, timeout: float | None = None) -> None:
        self.path = path
        self._timeout = timeout

    def status(self, names: Sequence[str] = (), since: int = 0) -> "Frame":
        """Return the house now, or what changed after revision ``since``."""
        return frame_of(self.ask("status", names=list(names), since=since)["frame"])

    def current(self, names: Sequence[str] = ()) -> "Frame":
        """Return the house as it is by the stack file that is on disk now; waits until that was read.

        Raises SilentError when the house hangs already.
        """
        self.left()
        (found,) = self._all("status", names=list(names), current=True)
        return frame_of(found["frame"])

    def frames(self, names: Sequence[str] = (), since: int = 0) -> Iterator["Frame"]:
        """Yield a frame now and one with what changed at every change after it."""
        for message in self._all("follow", names=list(names), since=since):
            yield frame_of(message["frame"])

    def wait(self, names: Sequence[str] = (), condition: str = "ready", timeout: float | None = None) -> Waited:
        """Wait for a condition.

        Raises SilentError when the house hangs already.
        """
        self.left()
        (found,) = self._all("wait", names=list(names), condition=condition, timeout=timeout)
        return Waited(str(found["outcome"]), found.get("missing", {}), found.get("file_error"))

    def why(self, name: str) -> Message:
        """Return the chain of causes as it came: ``name``, ``state``, ``detail``, ``links``."""
        return self.ask("why", name=name)

    def logs(self, names: Sequence[str] = (), *, follow: bool = False, **filters: Any) -> Iterator[Sequence["LogLine"]]:
        """Yield the last lines, then, while following, batches of new ones."""
        for message in self._all("logs", names=list(names), follow=follow, **filters):
            yield [line_of(line) for line in message["lines"]]

    def wish(self, op: str, **what: Any) -> tuple[str, ...]:
        """Send a wish (``restart``, ``trigger``, ``enable`` …); return the nodes that it concerns."""
        return tuple(self.ask(op, **what).get("names", ()))

    def wishes(self) -> Mapping[str, Any]:
        """Return everything that people asked for."""
        found: Mapping[str, Any] = self.ask("wishes")["wishes"]
        return found

    def environment(self, name: str) -> tuple[dict[str, str], str]:
        """Return the environment and working folder that a service or task would get."""
        found = self.ask("environment", name=name)
        return dict(found["env"]), str(found["folder"])

    def where(self, name: str) -> Message:
        """Return where a service or task runs now, as it came: ``name``, and ``where`` with its ``place`` and the rest."""
        return self.ask("where", name=name)

    def left(self) -> list[tuple[str, float]]:
        """Return who is still stopping, with the seconds of grace left."""
        return [(str(name), float(seconds)) for name, seconds in self.ask("left").get("left", ())]

    def secrets(self) -> Sequence[Message]:
        """Return what is treated as secret: ``node``, ``name``, ``why``, and ``weak`` where it cannot be masked."""
        found: Sequence[Message] = self.ask("secrets").get("secrets", ())
        return found

    def close(self, *, kill: bool = False) -> None:
        """End the house: politely or now."""
        self.ask("close", kill=kill)

    def dump(self, tail: int = 50) -> Message:
        """Return everything worth keeping, as it came."""
        return self.ask("dump", tail=tail)

    def ask(self, op: str, **what: Any) -> Message:
        """Send a request that has one message as its answer; return it as it came."""
        with Connection(self.path, PATIENCE if self._timeout is None else self._timeout) as connection:
            (message,) = connection.ask(op, **what)
        return message

    def _all(self, op: str, **what: Any) -> Iterator[Message]:
        with Connection(self.path, self._timeout) as connection:
            yield from connection.ask(op, **what)
