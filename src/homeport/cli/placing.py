"""The flags that say where everything runs, the same for ``up`` and ``ci``."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

import click
from msgspec import Struct

from homeport.kit.imagenames import is_registry
from homeport.kit.labels import is_label
from homeport.kit.suggest import closest
from homeport.model.errors import RefusedError
from homeport.model.places import PLACES, Place

F = TypeVar("F", bound=Callable[..., Any])


class Placing(Struct, frozen=True):
    """What was asked about places: ``on`` as it was typed, and the cluster, as far as something was said about it."""

    on: tuple[str, ...] = ()
    context: str | None = None
    allow_context: bool = False
    namespace: str | None = None
    registry: str | None = None

    @property
    def places(self) -> dict[str, Place]:
        """The wished places by name; ``""`` is everything of which nothing else is said. Raises RefusedError."""
        return places(self.on)

    @property
    def cluster(self) -> dict[str, str]:
        """What was said about the cluster."""
        said = {"context": self.context, "namespace": self.namespace, "registry": self.registry}
        return {name: value for name, value in said.items() if value is not None}

    def words(self) -> list[str]:
        """Return the same as words of a command line."""
        found = [f"--on={each}" for each in self.on] + [f"--{name}={value}" for name, value in self.cluster.items()]
        return [*found, *(["--allow-context"] if self.allow_context else [])]


def placed(function: F) -> F:
    """Add the flags; they arrive as the keyword ``placing``."""

    @wraps(function)
    def gathered(*args: Any, **given: Any) -> Any:
        mine = {name: given.pop(name) for name in Placing.__struct_fields__}
        return function(*args, placing=Placing(**mine), **given)

    made: Callable[..., Any] = gathered
    for flag in reversed(_FLAGS):
        made = flag(made)
    return made  # type: ignore[return-value]


def places(words: Sequence[str]) -> dict[str, Place]:
    """Return the places in ``kubernetes``, ``gateway=here``. Raises RefusedError for what is none."""
    return dict(map(_one, words))


def _one(word: str) -> tuple[str, Place]:
    name, equal, said = word.rpartition("=")
    place = next((place for place in PLACES if place == said), None)
    if place is None or (equal and not name):
        guess = closest(said, PLACES) if name or not equal else None
        raise RefusedError(
            f'--on "{word}" names no place',
            hint=f"did you mean --on {name}{equal}{guess}?"
            if guess
            else f"places are {', '.join(PLACES)}: --on kubernetes, --on api=docker",
        )
    return name, place


def refuse_other(placing: Placing, known: Mapping[str, Any], name: str) -> None:
    """Raise RefusedError when another cluster is asked for than the one that a running house was opened with."""
    for flag, wanted in placing.cluster.items():
        has = known.get(flag)
        if wanted != has:
            raise RefusedError(
                f'"{name}" runs already with {_said(flag, has)}, and which cluster is meant is decided when it starts',
                hint="`homeport down` first, or leave out " + f"--{flag}",
            )


def _said(flag: str, value: str | None) -> str:
    return f'the {flag} "{value}"' if value is not None else f"the {flag} that it found"


def checked_namespace(_context: object, _option: object, value: str | None) -> str | None:
    """Return the name of a namespace. Raises RefusedError for one that cannot be."""
    if value and not is_label(value):
        raise RefusedError(
            f'--namespace "{value}" cannot be a namespace',
            hint="lower-case letters, digits and dashes, at most 63, no dash at an end: --namespace shop",
        )
    return value


def checked_registry(_context: object, _option: object, value: str | None) -> str | None:
    """Return where images are found, without a slash at its end. Raises RefusedError for what cannot be a registry."""
    if value is None or is_registry(value.removesuffix("/")):
        return value.removesuffix("/") if value is not None else None
    bare = value.partition("://")[2].rstrip("/")
    if is_registry(bare):
        raise RefusedError(f'--registry "{value}" has a scheme, and registries have none', hint=f"--registry {bare}")
    raise RefusedError(
        f'--registry "{value}" cannot be a registry',
        hint="a host, perhaps a port and lower-case folders: --registry localhost:5005, --registry ghcr.io/team",
    )


_FLAGS = (
    click.option(
        "--on",
        metavar="[NAME=]PLACE",
        multiple=True,
        help="Where everything, or NAME, runs: here, docker or kubernetes. `up` remembers it, until everything is told anew.",
    ),
    click.option("--context", metavar="NAME", help="The context of the cluster (default: the current one)."),
    click.option(
        "--allow-context",
        is_flag=True,
        help="Allow this context although its cluster is not of this machine. Remembered.",
    ),
    click.option(
        "--namespace",
        metavar="NAME",
        callback=checked_namespace,
        help='Use this namespace, which exists, from now on; "" for one of its own again (the default).',
    ),
    click.option(
        "--registry",
        metavar="REG",
        callback=checked_registry,
        help="Push images there (default: the one that the cluster announces).",
    ),
)
