"""A Kubernetes cluster, as far as the work of a house needs it.

Objects are dictionaries as the cluster's JSON has them. Every call raises ClusterError, with ``reason`` in the cluster's own
words (``Conflict``, ``Forbidden``, ``Invalid`` …), or ``Unreachable`` when the cluster did not answer in time.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

from msgspec import Struct

from homeport.model.errors import OutsideError
from homeport.ports.callers import Caller

Manifest = Mapping[str, Any]
"""An object of the cluster, as JSON would have it."""

Stream = Literal["out", "err"]


class ClusterError(OutsideError):
    """The cluster said no. ``reason``: its own word for it, such as ``Forbidden``; ``code``: the HTTP status, 0 for none."""

    def __init__(self, what: str, *, reason: str, code: int = 0, hint: str | None = None) -> None:
        super().__init__(what, hint=hint)
        self.reason = reason
        self.code = code


class FieldConflict(ClusterError):
    """Another field manager owns what we wanted to set: ``fields`` are pairs of manager and path."""

    def __init__(self, what: str, fields: Sequence[tuple[str, str]], *, hint: str | None = None) -> None:
        super().__init__(what, reason="Conflict", code=409, hint=hint)
        self.fields = tuple(fields)


class Unreachable(ClusterError):
    """The cluster, or the way to it, did not answer."""

    def __init__(self, what: str, *, hint: str | None = None) -> None:
        super().__init__(what, reason="Unreachable", hint=hint)


class UnknownKind(ClusterError):
    """The cluster knows no such kind, by now."""

    def __init__(self, kind: str, api: str) -> None:
        hint = f"what brings the CustomResourceDefinition of {kind} goes in needs=, or mend apiVersion and kind"
        super().__init__(f"the cluster knows no {kind} in {api}", reason="NotFound", code=404, hint=hint)


class Scope(Struct, frozen=True):
    """Objects of one kind: ``api`` as in ``apiVersion``; in one namespace or all; by label selector, or one by its name."""

    api: str
    kind: str
    namespace: str | None = None
    labels: str = ""
    name: str | None = None


class Listed(Struct, frozen=True):
    """Everything in the scope, now: the first news of a watch, and again whenever news may have been missed."""

    objects: tuple[Manifest, ...]


class Changed(Struct, frozen=True):
    """An object is new, or differs from before."""

    object: Manifest


class Gone(Struct, frozen=True):
    """An object is not there any more; this was its last state."""

    object: Manifest


class LinkDown(Struct, frozen=True):
    """From now on nothing is heard, for this reason; what was heard before may be out of date."""

    why: str


class LinkUp(Struct, frozen=True):
    """The cluster is heard again, and nothing was missed, or a ``Listed`` follows."""


News = Listed | Changed | Gone | LinkDown | LinkUp


class LogSource(Struct, frozen=True):
    """One run of a container: the current one, or with ``previous`` the one before.

    ``restarts`` names the run by the number of those before it, ``uid`` the pod among those of one name. ``tail``: only the
    last lines before now. ``after``: only the lines after the one with this mark. Without ``follow`` what is there by now.
    ``current``: who asks has seen that this run of this pod runs, so that the cluster is asked about that only once a line
    came that might be another run's.
    """

    namespace: str
    pod: str
    container: str
    previous: bool = False
    tail: int | None = None
    uid: str = ""
    restarts: int | None = None
    after: str = ""
    follow: bool = True
    current: bool = False


class LogLine(Struct, frozen=True):
    """A line without its end. ``at``: when the container wrote it, in RFC 3339 with nanoseconds, as the cluster says it.

    ``mark`` is the line's place in the log of its run, for a later ``LogSource``; what it looks like is the cluster's affair.
    """

    at: str
    text: bytes
    mark: str = ""


class Target(Struct, frozen=True):
    """Where a command runs; without a container in the pod's default one."""

    namespace: str
    pod: str
    container: str | None = None


class Finish(Struct, frozen=True):
    """How a command in a pod ended.

    ``asked`` is False when the command had an input which nobody ended. A stream that was to stay open is broken then, even
    with code 0: when the kubelet stops, a command sees the end of its input and leaves politely.
    """

    code: int
    asked: bool


class Command(Protocol):
    """A command that runs in a pod. Who sends must read at the same time, or both sides wait for each other."""

    def output(self) -> AsyncIterator[tuple[Stream, bytes]]:
        """Yield what it writes until it has ended. Raises Unreachable when the stream breaks."""
        ...

    async def send(self, data: bytes) -> None:
        """Write to its input; waits while the way is full.

        Raises Unreachable when nobody takes it any more: as with a pipe, ``output`` and ``finish`` tell how it ended.
        """
        ...

    async def send_eof(self) -> None:
        """End its input."""
        ...

    async def resize(self, columns: int, rows: int) -> None:
        """Tell its terminal a new size."""
        ...

    def finish(self) -> Finish:
        """Return how it ended, once ``output`` is over."""
        ...


class Tunnel(Protocol):
    """One link into a pod that carries many connections."""

    async def carry(self, caller: Caller, remote: int) -> None:
        """Carry a connection to a port in the pod until both directions have ended.

        Raises ClusterError as long as nothing was taken from the caller: another pod may have it. What breaks later, and a port
        where nobody listens, aborts it, here or by a ConnectionError.
        """
        ...

    async def ping(self) -> None:
        """Wait until the other end answers, however long that takes. Raises Unreachable once the link is broken.

        A cluster that is frozen answers later: only silence of one link while a new one answers tells that it is dead.
        """
        ...

    async def ended(self) -> str:
        """Wait until the link is broken and return why; every connection is aborted by then.

        That the pod is gone is noticed when a connection fails: who needs to know earlier watches the pod.
        """
        ...


class Cluster(Protocol):
    """One cluster, pinned when it was opened."""

    async def apply(self, manifest: Manifest, *, force: bool = False, dry: bool = False) -> Manifest:
        """Make the object so (server-side apply as the manager ``homeport``) and return what the cluster has now.

        Raises FieldConflict when another manager owns a field with another value, unless forced. Dry: only pretend.
        """
        ...

    async def get(self, scope: Scope) -> Manifest | None:
        """Return the object that the scope names, or None."""
        ...

    async def list(self, scope: Scope) -> Sequence[Manifest]:
        """Return all objects in the scope."""
        ...

    async def is_namespaced(self, api: str, kind: str) -> bool:
        """Return whether objects of a kind live in namespaces. Raises UnknownKind."""
        ...

    async def delete(self, scope: Scope, *, uid: str | None = None, grace: int | None = None) -> bool:
        """Ask that the named object be deleted, and then everything that it owns; return whether it was there.

        With ``uid`` only that very object: another one of the same name counts as not there. ``grace``: seconds for pods.
        """
        ...

    def watch(self, scope: Scope) -> AsyncGenerator[News, None]:
        """Yield a ``Listed`` and then every change, for ever, across all disconnects."""
        ...

    def logs(self, source: LogSource) -> AsyncGenerator[LogLine, None]:
        """Yield the lines of one run of a container until it has ended, each once, across all disconnects.

        Raises ClusterError for a refusal at the beginning: of a run whose log is gone the ``reason`` is ``NotFound``.
        """
        ...

    def exec(
        self, target: Target, argv: Sequence[str], *, stdin: bool = False, tty: bool = False
    ) -> AbstractAsyncContextManager[Command]:
        """Run a command in a pod. At the end of the block the stream is closed; that alone does not end the command.

        A command with input must keep its output open: some runtimes take one that redirects it (``sh -c 'cat >file'``) for
        ended, lose the input and report success. ``cat >file; true`` is safe.
        """
        ...

    def tunnel(self, namespace: str, pod: str, uid: str | None = None) -> AbstractAsyncContextManager[Tunnel]:
        """Open a link for connections into a pod.

        ``uid``: which pod has this name, for who knows it already; otherwise the cluster is asked. The link leads to whichever
        pod has the name, and ends with the first connection that fails when that is another one by then.
        """
        ...

    def pulse(self) -> AsyncIterator[LinkDown | LinkUp]:
        """Yield whether the cluster answers, and then each change of it, for ever, by one small request every few seconds."""
        ...
