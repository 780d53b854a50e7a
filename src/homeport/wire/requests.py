"""What a client may ask. ``v`` is the version of the protocol, ``op`` says which request it is."""

from typing import Literal

from msgspec import Struct

VERSION = 1
LIMIT = 1 << 20
"""The longest request in bytes, its line end included."""


class Request(Struct, kw_only=True, tag_field="op", tag=str.lower, forbid_unknown_fields=True):
    """The base of all requests."""

    v: int = VERSION


class Status(Request):
    """Answer with one frame: all nodes, those that ``names`` mean, or what changed after revision ``since``.

    ``current``: wait until the stack file on disk has been read.
    """

    names: tuple[str, ...] = ()
    since: int = 0
    current: bool = False


class Follow(Request):
    """Answer with a frame now and another one at every change after it, until the client leaves.

    ``pace``: at most one frame in so many seconds; changes in between arrive as one.
    """

    names: tuple[str, ...] = ()
    since: int = 0
    pace: float = 0.0


class Wait(Request):
    """Answer when every node is in the condition, at once when one can no longer reach it, or when time is up.

    A stack file that was just saved is read first. ``timeout`` in seconds; None waits as long as it takes. Without names:
    every node that starts by itself.
    """

    names: tuple[str, ...] = ()
    condition: Literal["ready", "completed", "stopped"] = "ready"
    timeout: float | None = None


class Why(Request):
    """Answer with the chain of causes from a node down to what holds it, each with its last lines."""

    name: str


class Restart(Request):
    """Start these anew."""

    names: tuple[str, ...]


class Trigger(Request):
    """Run these tasks now, or start these services; ``args`` replace the arguments of a task (None: as they were)."""

    names: tuple[str, ...]
    args: tuple[str, ...] | None = None


class Enable(Request):
    """Switch these on."""

    names: tuple[str, ...]


class Disable(Request):
    """Switch these off."""

    names: tuple[str, ...]


class Pause(Request):
    """Collect the saves of these instead of acting on them. Without names: of everything."""

    names: tuple[str, ...] = ()


class Resume(Request):
    """Act on saves again, on the collected ones too. Without names: everywhere."""

    names: tuple[str, ...] = ()


class Select(Request):
    """Let these join what was selected, with what they need."""

    names: tuple[str, ...]


class Options(Request):
    """Give options of the stack other values, or (``forget``) their defaults again."""

    values: dict[str, str] = {}
    forget: tuple[str, ...] = ()


class Scale(Request):
    """Run another number of replicas."""

    name: str
    replicas: int


class Place(Request):
    """Let these run in other places; under ``""`` everything of which nothing else was said."""

    places: dict[str, Literal["here", "docker", "kubernetes"]]


class ReadWishes(Request, tag="wishes"):
    """Answer with everything that people asked for."""


class Logs(Request):
    """Answer with the last ``tail`` lines of these (without names: of all), then with new ones while ``follow``.

    ``since`` in seconds of the wall clock; ``level`` the least one shown. Patterns are searched for by who asks, in the lines
    or in the files: one that never ends must not hold the house. ``lag``: of a service that has written more than so many bytes
    that we did not read yet, only the latest lines come, after a note that says how many do not.
    """

    names: tuple[str, ...] = ()
    tail: int = 100
    since: float | None = None
    level: Literal["debug", "info", "warning", "error"] | None = None
    follow: bool = False
    lag: int | None = None


class Environment(Request):
    """Answer with the environment and the working folder that a service or task would get now."""

    name: str


class Where(Request):
    """Answer with where a service or task runs now: here, or as which pods or containers."""

    name: str


class Secrets(Request):
    """Answer with what is treated as secret and why; never with a value."""


class Left(Request):
    """Answer with who is still stopping and how much grace each has left."""


class Close(Request):
    """End the house: politely, or (``kill``) now."""

    kill: bool = False


class Dump(Request):
    """Answer with everything worth keeping: the frame, the holds, the wishes and the last ``tail`` lines of each node."""

    tail: int = 50


AnyRequest = (
    Status
    | Follow
    | Wait
    | Why
    | Restart
    | Trigger
    | Enable
    | Disable
    | Pause
    | Resume
    | Select
    | Options
    | Scale
    | Place
    | ReadWishes
    | Logs
    | Environment
    | Where
    | Secrets
    | Left
    | Close
    | Dump
)
