"""Containers that are only told: pretended programs with images, ports and volumes around them."""

from collections.abc import Mapping, Sequence

from homeport.model.errors import OutsideError
from homeport.ports.containers import ContainerLaunch, Leftover, Note, Volume
from homeport.ports.fakes.runtime import FakeProcess, FakeRuntime, Program
from homeport.ports.runtime import Launch, Output


class FakeContainers:
    """Starts pretended containers and remembers everything.

    ``runtime`` runs their programs by label, and commands in them by ``LABEL: COMMAND``. ``images`` are those that the engine
    has, ``pullable`` those that can be had. ``taken``: ports that somebody else holds. ``down``: why no engine answers.
    ``left``: containers of other houses by owner.
    """

    def __init__(self, programs: Mapping[str, Program | Sequence[Program]] | None = None) -> None:
        self.runtime = FakeRuntime(programs)
        self.images: set[str] = {"busybox"}
        self.pullable: set[str] = set()
        self.taken: set[int] = set()
        self.down: str | None = None
        self.address: str | None = "172.17.0.1"
        self.left: dict[str, list[Leftover]] = {}
        self.launches: list[ContainerLaunch] = []
        self._volumes: dict[str, tuple[str, Volume]] = {}
        self._running: list[tuple[ContainerLaunch, FakeProcess]] = []

    async def engine(self) -> str:
        """Return what it pretends to be."""
        self._demand()
        return "Fake 1.0"

    async def provide(self, image: str, note: Note) -> None:
        """Have an image ready."""
        self._demand()
        if image not in self.images:
            note(f"pulling {image}")
            if image not in self.pullable:
                raise OutsideError(f'the image "{image}" cannot be pulled: there is none', hint="check its name")
            self.images.add(image)
            note(f"pulled {image}")

    async def start(self, launch: ContainerLaunch, output: Output, note: Note = lambda _: None) -> FakeProcess:
        """Start a pretended container. Raises OutsideError for a missing image, a taken port or a refused program."""
        await self.provide(launch.image, note)
        held = self.taken.union(*(each.ports.values() for each in self.running))
        for port in launch.ports.values():
            if port in held:
                hint = f"end who listens there (`lsof -i :{port}` tells), or choose another port"
                raise OutsideError(f"{launch.label}: its port 127.0.0.1:{port} is taken by somebody else", hint=hint)
        for name in filter(None, launch.volumes.values()):
            self._volumes.setdefault(name, (launch.belongs.owner, Volume(name, launch.belongs.service)))
        plain = Launch(
            launch.label, launch.argv or (launch.image,), launch.cwd or "/", launch.env, launch.tty, launch.stop
        )
        process = await self.runtime.spawn(plain, output)
        self.launches.append(launch)
        self._running.append((launch, process))
        return process

    @property
    def running(self) -> tuple[ContainerLaunch, ...]:
        """Return the launches of which something is left, oldest first."""
        return tuple(launch for launch, process in self._running if not process.gone)

    async def run_in(
        self, label: str, argv: Sequence[str], output: Output, *, env: Mapping[str, str] | None = None
    ) -> FakeProcess:
        """Start a pretended command: the program called ``LABEL: COMMAND``, else one that ends well at once."""
        if not any(launch.label == label and process.alive for launch, process in self._running):
            raise OutsideError(f"{label}: no container of it runs", hint=f"start it first: homeport restart {label}")
        name = f"{label}: {argv[0]}"
        self.runtime.programs.setdefault(name, Program(lives=0))
        return await self.runtime.spawn(Launch(name, tuple(argv), "/", dict(env or {})), output)

    async def gateway(self) -> str | None:
        """Return the pretended address."""
        self._demand()
        return self.address

    async def volumes(self, owner: str) -> tuple[Volume, ...]:
        """Return the volumes of an instance."""
        self._demand()
        return tuple(volume for _, (theirs, volume) in sorted(self._volumes.items()) if theirs == owner)

    async def remove_volume(self, name: str) -> None:
        """Remove a volume. Raises OutsideError while a container uses it."""
        self._demand()
        if any(name in launch.volumes.values() for launch in self.running):
            hint = "`docker ps --all --filter volume=NAME` tells what uses it"
            raise OutsideError(f'the volume "{name}" cannot be removed: volume is in use', hint=hint)
        self._volumes.pop(name, None)

    async def leftovers(self, owner: str) -> tuple[Leftover, ...]:
        """Return what other houses left."""
        self._demand()
        return tuple(self.left.get(owner, ()))

    async def remove(self, name: str) -> None:
        """Remove what was left."""
        self._demand()
        self.left = {owner: [one for one in found if one.name != name] for owner, found in self.left.items()}

    def _demand(self) -> None:
        if self.down is not None:
            raise OutsideError(f"no container engine answers at fake: {self.down}", hint="start it")
