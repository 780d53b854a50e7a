"""Making images and bringing them to where a cluster finds them."""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from msgspec import Struct

from homeport.model.errors import OutsideError, WorkFailed
from homeport.model.parts import Files


class FromDockerfile(Struct, frozen=True):
    """An image by its Dockerfile, as ``model.containers.Dockerfile`` says it, with every value known.

    ``bases``: images of ours by the names that the Dockerfile gives them; they are used in their places. ``secrets`` may be
    read by the build and count for nothing: another value makes no other image.
    """

    file: str
    context: str
    target: str | None = None
    args: Mapping[str, str] = {}
    secrets: Mapping[str, str] = {}
    platform: str | None = None
    ignore: str | None = None
    tags: tuple[str, ...] = ()
    bases: Mapping[str, str] = {}


class FromCommand(Struct, frozen=True):
    """An image that a command makes, under the name that it finds in ``HOMEPORT_IMAGE``.

    ``env`` is laid over the environment of the house; ``secrets`` as well, and count for nothing.
    """

    argv: tuple[str, ...]
    cwd: str
    inputs: tuple[Files, ...]
    env: Mapping[str, str] = {}
    secrets: Mapping[str, str] = {}


Recipe = FromDockerfile | FromCommand


class Inputs(Struct, frozen=True):
    """What an image is made from.

    ``digest``: twelve signs, others for other inputs. ``rest``: the same without the files that the caller set apart.
    ``bases``: the images that it begins from, by the names that its Dockerfile gives them. ``watch``: every file whose change
    may change the digest.
    """

    digest: str
    bases: tuple[str, ...] = ()
    watch: tuple[Files, ...] = ()
    rest: str = ""


class ToRegistry(Struct, frozen=True):
    """Images are pushed to where their names say. ``plain``: by HTTP without encryption, besides loopback, where it is usual."""

    plain: bool = False


class ToCluster(Struct, frozen=True):
    """Images are brought into the cluster's own store by the tool that made it; ``cluster`` is its name there."""

    tool: Literal["kind", "k3d", "minikube"]
    cluster: str


class ToEngine(Struct, frozen=True):
    """The cluster runs what the engine has: nothing needs to be brought."""


Destination = ToRegistry | ToCluster | ToEngine


class Step(Struct, frozen=True, tag="step", tag_field="kind"):
    """A step of the work is new, or its state has changed. ``seconds``: how long it took, where known."""

    number: int
    title: str
    state: Literal["running", "cached", "done", "failed"]
    seconds: float | None = None


class Said(Struct, frozen=True, tag="said", tag_field="kind"):
    """A line of output, of a step or (``number`` 0) of the tool itself."""

    number: int
    text: str


Progress = Step | Said
Tell = Callable[[Progress], None]
Made = Literal["there", "brought", "built"]
"""Nothing was to do; an image that the engine had was brought; it was built and brought."""


class BuildFailed(WorkFailed):
    """An image could not be made: ``line`` of its Dockerfile (0: unknown) with its ``source``, and the last lines told."""

    def __init__(
        self, what: str, *, file: str | None = None, line: int = 0, source: str = "", tail: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(what, hint=hint)
        self.file = file
        self.line = line
        self.source = source
        self.tail = tail


class InputsChanged(OutsideError):
    """Files changed while an image was made from them: it would have the name of other ones. The next try has the new name."""


class Builder(Protocol):
    """Makes images."""

    def inputs(self, recipe: Recipe, apart: Callable[[str], bool] = lambda _: False) -> Inputs:
        """Read what an image is made from, without asking any engine (blocking; run it in a thread).

        ``apart`` says of an absolute path whether it counts for nothing in ``rest``.

        Raises ConfigError, with the line, for a Dockerfile that cannot be read; OutsideError for files that cannot be.
        """
        ...

    async def deliver(self, recipe: Recipe, name: str, to: Destination, tell: Tell) -> Made:
        """Bring the image ``name`` to its destination, and make it before when neither that nor the engine has it.

        Raises BuildFailed, InputsChanged, and OutsideError when an engine, a registry or a tool does not do its part. When
        cancelled, every program that works for it has ended, and nothing half done has the name.
        """
        ...

    async def is_there(self, name: str, to: Destination) -> bool:
        """Whether the image is at its destination. Raises OutsideError when that cannot be asked."""
        ...

    async def command(self, name: str) -> tuple[str, ...]:
        """Return what an image that the engine has starts by itself: its entrypoint and arguments; empty when it has none.

        Raises OutsideError when the engine does not have it.
        """
        ...

    async def engine(self) -> str:
        """Return what makes images here, with its version. Raises OutsideError: where it was looked for, what to do."""
        ...
