"""Running containers on this machine."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from msgspec import Struct

from homeport.ports.runtime import Output, Process

HOST: Final = "host.docker.internal"
"""The name by which a container reaches what is published on this machine."""

Note = Callable[[str], None]
"""Gets a sentence about what goes on, such as the progress of a pull."""


class Belongs(Struct, frozen=True):
    """Whose a container or volume is: what its labels tell.

    ``owner`` tells the instance from those of the same name that other people have; ``house`` is empty for what outlives one.
    """

    instance: str
    owner: str
    service: str
    house: str = ""
    replica: int = 0


class ContainerLaunch(Struct, frozen=True):
    """Everything needed to start a container. ``label`` names it for people, ``argv`` None means the image's own command.

    ``args`` are what that one gets instead of its usual arguments. ``env`` is laid over the image's. ``ports``: numbers in the
    container to loopback ports of this machine. ``volumes``: names by the absolute paths where they are mounted; they are made
    when missing, and ``""`` is a fresh one that goes with the container. ``files``: contents by absolute path, read-only.
    ``user``: the number of user and group. ``memory`` in bytes and ``cpus`` are limits. ``stop`` and ``grace`` (seconds) are
    how it is asked to end when Homeport is gone and nobody calls ``end``.
    """

    label: str
    image: str
    belongs: Belongs
    argv: tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    cwd: str | None = None
    env: Mapping[str, str] = {}
    ports: Mapping[int, int] = {}
    volumes: Mapping[str, str] = {}
    files: Mapping[str, str] = {}
    user: int | None = None
    memory: int | None = None
    cpus: float | None = None
    tty: bool = False
    stop: str = "SIGTERM"
    grace: float = 10.0


class Volume(Struct, frozen=True):
    """A volume that keeps the data of ``service``."""

    name: str
    service: str


class Leftover(Struct, frozen=True):
    """A container of a house that is not this one: its ``name``, and the ``service`` that it was."""

    name: str
    service: str


class Containers(Protocol):
    """Runs containers on this machine."""

    async def engine(self) -> str:
        """Return what runs containers here, with its version. Raises OutsideError: where it was looked for, what to do."""
        ...

    async def provide(self, image: str, note: Note) -> None:
        """Have an image ready: pulled when the engine does not have it, which may take minutes and may be cancelled.

        Raises OutsideError when it cannot be had.
        """
        ...

    async def start(self, launch: ContainerLaunch, output: Output, note: Note = lambda _: None) -> Process:
        """Start a container, whose image is provided before. Its process has an id where this machine can see it, else 0.

        Raises OutsideError when it cannot be started; nothing of it is left then.
        """
        ...

    async def run_in(
        self, label: str, argv: Sequence[str], output: Output, *, env: Mapping[str, str] | None = None
    ) -> Process:
        """Start a command in the running container of this label, in its environment and folder, with ``env`` over it.

        Ending it lets go of it; it is killed where the machine allows that, and with its container at the latest. Raises
        OutsideError when no such container runs, or the command cannot be started in it.
        """
        ...

    async def gateway(self) -> str | None:
        """Return the address of this machine at which containers find what is published for them.

        None: they reach its loopback itself, because the engine runs in a virtual machine that sees to that.
        """
        ...

    async def volumes(self, owner: str) -> tuple[Volume, ...]:
        """Return the volumes of an instance."""
        ...

    async def remove_volume(self, name: str) -> None:
        """Remove a volume with its data; one that is not there is no matter. Raises OutsideError while something uses it."""
        ...

    async def leftovers(self, owner: str) -> tuple[Leftover, ...]:
        """Return the containers of an instance that were not started here. Raises OutsideError when no engine answers."""
        ...

    async def remove(self, name: str) -> None:
        """Kill and remove a container that was left; one that is not there is no matter."""
        ...


class Promise(Struct, frozen=True):
    """What is to be removed if we are gone without having done it: the container ``name`` of the engine at ``address``.

    ``certificates``: the folder of our key where the engine wants one. It is asked by ``stop`` first, for ``grace`` seconds.
    ``sure``: the engine has made it; otherwise it may be about to.
    """

    name: str
    address: str
    certificates: str = ""
    stop: str = "SIGTERM"
    grace: float = 10.0
    sure: bool = False


class Will(Protocol):
    """Sees to it that nothing is left of what was promised to it, however we end. Never raises."""

    def promise(self, promise: Promise) -> None:
        """Take a promise; another one of the same name replaces it."""
        ...

    def release(self, name: str) -> None:
        """Forget the promise of this name: it was kept."""
        ...


class NoWill:
    """Promises nothing: for runs that nobody could leave anything of."""

    def promise(self, promise: Promise) -> None:
        """Take nothing."""

    def release(self, name: str) -> None:
        """Forget nothing."""
