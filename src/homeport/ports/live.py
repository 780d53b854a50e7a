"""Changing what runs in a container without another image: files, commands, restarts, and ways back to this machine."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from homeport.kit.livefiles import Entry
from homeport.model.errors import OutsideError
from homeport.ports.cluster import Stream, Target


class Put(Struct, frozen=True, tag=True):
    """A file at ``path`` in the container. ``source``: a path of this machine, read when it is sent, or the content itself.

    ``digest``: of the content itself, for who knows it already; None: it is computed.
    ``mode``: permission bits; None: 755 for what its owner may execute here, else 644. A symbolic link of this machine
    becomes one there. A file that is gone when it is to be read is removed there.
    """

    path: str
    source: str | bytes
    mode: int | None = None
    digest: bytes | None = None


class Link(Struct, frozen=True, tag=True):
    """A symbolic link at ``path`` to ``target``, which is not looked at."""

    path: str
    target: str


class Remove(Struct, frozen=True, tag=True):
    """A file, or a folder with all in it, is to be gone; that it is gone already is no error."""

    path: str


class Move(Struct, frozen=True, tag=True):
    """A file or folder at ``path`` is to be at ``to``."""

    path: str
    to: str


Operation = Put | Link | Remove | Move


class Batch(Struct, frozen=True):
    """Changes in their order. ``label`` says afterwards what is in the container (at most 200 bytes); None leaves it."""

    operations: tuple[Operation, ...]
    label: str | None = None


class Wrote(Struct, frozen=True, tag=True):
    """This is at ``path`` now: its entry is of the very bytes that were sent."""

    path: str
    entry: Entry


Done = Wrote | Remove | Move


class Applied(Struct, frozen=True):
    """What was done, in order, when all of it was; and the label that is set (None: none was, or nobody there keeps one)."""

    done: tuple[Done, ...]
    label: str | None = None


class Hello(Struct, frozen=True):
    """What the helper knows of its container.

    ``label``: of the last batch that was applied whole, "" while the files are the image's, None: nobody knows, such as
    after a batch that was broken off. ``pid``: of the command, 0 while it does not run; ``starts``: how often it was started;
    ``last_exit``: how it ended last, 128 + signal, None for not yet. ``digest``: of the helper itself.
    """

    label: str | None
    pid: int = 0
    starts: int = 0
    last_exit: int | None = None
    digest: str = ""


class Ended(Struct, frozen=True, tag=True):
    """The command ended by itself, 128 + signal where one killed it; it is started again after so many seconds (None: not)."""

    code: int
    again: float | None = None


class Started(Struct, frozen=True, tag=True):
    """The command was started, for the ``starts``-th time."""

    pid: int
    starts: int


class Silent(Struct, frozen=True, tag=True):
    """Nothing was heard for this many seconds although it was asked for; the link stays, and may come to life again."""

    seconds: float


class Heard(Struct, frozen=True, tag=True):
    """The silence is over, and nothing was lost."""


Event = Ended | Started | Silent | Heard


class LinkBroken(OutsideError):
    """The link to the container is gone; what was not acknowledged may have been done or not."""


class HelperMissing(OutsideError):
    """The container has no helper that could be asked."""


class NotApplied(OutsideError):
    """A change at ``path`` could not be made. ``done``: what was; the container has no label now."""

    def __init__(self, what: str, *, path: str, done: Sequence[Done] = (), hint: str | None = None) -> None:
        super().__init__(what, hint=hint)
        self.path = path
        self.done = tuple(done)


class LiveLink(Protocol):
    """One container that can be changed while it runs. After its break every call raises LinkBroken at once."""

    @property
    def helped(self) -> bool:
        """Whether a helper is at the other end; without one there is neither label nor restart nor ``listen``."""
        ...

    async def hello(self) -> Hello:
        """Ask how it is now."""
        ...

    async def apply(self, batch: Batch) -> Applied:
        """Make the changes and return when all are made.

        Raises NotApplied for the first that could not be made; changes without it were tried. Batches that touch the same
        paths follow each other; others go side by side. While batches with labels are under way the container has none; then
        it has that of the one begun last, if all of them were made.
        """
        ...

    async def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        output: Callable[[Stream, bytes], None] | None = None,
    ) -> int:
        """Run a command in the container and return its status, 128 + signal where one killed it; 127: there is no such program.

        ``env`` is laid over what the container's own command has. ``output`` hears what it writes, as it is written.
        """
        ...

    async def restart(self, signal: int = 15, grace: float = 10.0) -> int:
        """End the container's command and start it anew; return its pid.

        ``signal``: the number that Linux gives it; whoever still runs after ``grace`` seconds is ended by force.
        """
        ...

    async def ping(self) -> float:
        """Ask for a sign of life, and return how many seconds it took."""
        ...

    def listen(self, port: int, local: int) -> AbstractAsyncContextManager[None]:
        """Listen in the pod on a port, for a block, and carry each connection to 127.0.0.1:``local`` on this machine.

        Raises OutsideError when the port is taken there. Connections are reset at the end of the block.
        """
        ...

    def events(self) -> AsyncIterator[Event]:
        """Yield what happens from now on, until the link breaks."""
        ...

    async def ended(self) -> str:
        """Wait until the link is broken and return why."""
        ...


class LiveLinks(Protocol):
    """Opens links into containers."""

    def open(self, target: Target, roots: Sequence[str]) -> AbstractAsyncContextManager[LiveLink]:
        """Open a link for a block; it writes below ``roots`` only, never through a symbolic link out of them.

        Raises HelperMissing where the container has none, and ClusterError.
        """
        ...
