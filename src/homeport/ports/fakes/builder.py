"""Images that are only told: an engine and registries of names, driven by the loop's time alone."""

import asyncio
from collections.abc import Callable
from hashlib import blake2b

from msgspec import Struct

from homeport.model.errors import OutsideError
from homeport.ports.builder import (
    BuildFailed,
    Destination,
    FromDockerfile,
    Inputs,
    InputsChanged,
    Made,
    Recipe,
    Said,
    Step,
    Tell,
    ToCluster,
    ToEngine,
    ToRegistry,
)


class Making(Struct, frozen=True):
    """How making an image goes: it ``takes`` so many seconds, ``says`` lines, and ``fails`` at a line for a reason."""

    takes: float = 0.0
    says: tuple[str, ...] = ()
    line: int = 0
    fails: str | None = None
    nameless: bool = False


class FakeBuilder:
    """Makes nothing and remembers all. ``contents``: what lies in a context or working folder; a test may change it.

    ``makings``: how images of a Dockerfile, or of a command's first word, are made. ``down``: registries that do not answer.
    ``built`` lists the names for which something was made, in that order; ``at_once`` the most that were made together.
    """

    def __init__(self) -> None:
        self.contents: dict[str, str] = {}
        self.bases: dict[str, tuple[str, ...]] = {}
        self.makings: dict[str, Making] = {}
        self.down: set[str] = set()
        self.gone = False
        self.here: set[str] = set()
        self.commands: dict[str, tuple[str, ...]] = {}
        """What images start by themselves, by name."""
        self.synced: dict[str, str] = {}
        """What lies in a context besides ``contents``, and is set apart."""
        self.there: set[tuple[Destination, str]] = set()
        self.built: list[str] = []
        self.at_once = 0
        self._busy = 0

    async def is_there(self, name: str, to: Destination) -> bool:
        """Whether an image is at its destination."""
        return name in self.here if isinstance(to, ToEngine) else (to, name) in self.there

    def inputs(self, recipe: Recipe, apart: Callable[[str], bool] = lambda _: False) -> Inputs:
        """Return a digest of everything that counts."""
        if isinstance(recipe, FromDockerfile):
            bases = self.bases.get(recipe.file, ())
            ours = [recipe.bases[name].rpartition(":")[2] for name in bases if name in recipe.bases]
            args = sorted(recipe.args.items())
            counted = repr((args, recipe.target, recipe.platform, recipe.tags, ours, self.contents.get(recipe.context)))
            synced = self.synced.get(recipe.context, "")
            return Inputs(_twelve(counted + synced), bases, rest=_twelve(counted))
        counted = repr((recipe.argv, sorted(recipe.env.items()), self.contents.get(recipe.cwd)))
        return Inputs(_twelve(counted), (), recipe.inputs, _twelve(counted))

    async def command(self, name: str) -> tuple[str, ...]:
        """Return what an image starts by itself, as ``commands`` says."""
        if name not in self.here:
            raise OutsideError(f"there is no image {name}")
        return self.commands.get(name, ())

    async def engine(self) -> str:
        """Return the engine's name."""
        self._asked()
        return "Fake 1"

    async def deliver(self, recipe: Recipe, name: str, to: Destination, tell: Tell) -> Made:
        """Bring the image to its destination, and make it before when neither that nor the engine has it."""
        await asyncio.sleep(0)
        if (to, name) in self.there:
            return "there"
        registry = name.partition("/")[0]
        if isinstance(to, ToRegistry) and registry in self.down:
            raise OutsideError(f'registry "{registry}" does not answer: connection refused', hint="start it")
        self._asked()
        made: Made = "brought" if isinstance(to, ToRegistry | ToCluster) else "there"
        if name not in self.here:
            await self._make(recipe, name, tell)
            made = "built"
        if isinstance(to, ToRegistry | ToCluster):
            self.there.add((to, name))
        return made

    async def _make(self, recipe: Recipe, name: str, tell: Tell) -> None:
        file = recipe.file if isinstance(recipe, FromDockerfile) else recipe.argv[0]
        making = self.makings.get(file, Making())
        self._busy += 1
        self.at_once = max(self.at_once, self._busy)
        try:
            tell(Step(1, f"make {name}", "running"))
            await asyncio.sleep(making.takes)
        finally:
            self._busy -= 1
        for text in making.says:
            tell(Said(1, text))
        if making.fails is not None or making.nameless:
            tell(Step(1, f"make {name}", "failed"))
            why = making.fails or f'no image is called "{name}"'
            raise BuildFailed(
                why, file=file, line=making.line, source=making.fails or "", tail=making.says, hint="mend it"
            )
        tell(Step(1, f"make {name}", "done", making.takes))
        _, ours, digest = name.rpartition(":hp-")
        if ours and self.inputs(recipe).digest != digest:
            raise InputsChanged(f'files of image "{name}" changed while it was built', hint="it is built anew")
        self.built.append(name)
        self.here.add(name)

    def _asked(self) -> None:
        if self.gone:
            raise OutsideError("no container engine answers", hint="start it")


def _twelve(counted: str) -> str:

    return blake2b(counted.encode(), digest_size=6).hexdigest()
