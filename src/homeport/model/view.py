"""What screens show: one view per node, one frame per revision. States are words that users understand and never lie."""

from typing import Literal

from msgspec import Struct

from homeport.model.places import Placed

State = Literal[
    "waiting",
    "building",
    "starting",
    "running",
    "ready",
    "unready",
    "restarting",
    "stopping",
    "failed",
    "completed",
    "stopped",
    "disabled",
]


class ReplicaView(Struct, frozen=True, omit_defaults=True):
    """One replica of a service."""

    replica: int
    state: State
    run: int = 0
    pid: int | None = None
    since: float = 0.0
    ports: dict[str, int] = {}
    detail: str = ""


class NodeView(Struct, frozen=True, omit_defaults=True):
    """One node as people see it. Times are seconds since the epoch (0: never).

    ``detail`` is the sentence beside the state (what it waits for, exit code, n-th restart in how long). ``cause`` names
    the node that it waits for. ``since`` is wall time of the last start, ``ready_since`` of the last turn to ready. ``tail``
    are last lines of what failed. ``restarts`` counts the runs after the first, ``crashes`` the ends in a row that nobody asked
    for. ``stale`` tells of saves that wait (paused, or a build that fails). ``place``: where it runs, unless as a process here.
    """

    name: str
    type: str
    state: State
    detail: str = ""
    cause: str | None = None
    groups: tuple[str, ...] = ()
    component: str | None = None
    since: float = 0.0
    ready_since: float = 0.0
    retry_at: float = 0.0
    restarts: int = 0
    crashes: int = 0
    ready_replicas: int = 0
    wanted_replicas: int = 0
    replicas: tuple[ReplicaView, ...] = ()
    ports: dict[str, int] = {}
    links: dict[str, str] = {}
    tail: tuple[str, ...] = ()
    note: str = ""
    stale: str = ""
    manual: bool = False
    needs: tuple[str, ...] = ()
    place: Placed = ""


class Frame(Struct, frozen=True, omit_defaults=True):
    """The house at one revision. ``nodes`` holds only what changed when a frame was asked for ``since`` a revision."""

    revision: int
    stack: str
    instance: str
    nodes: tuple[NodeView, ...]
    removed: tuple[str, ...] = ()
    since: int = 0
    file: str = ""
    file_error: str | None = None
    notices: tuple[str, ...] = ()
    settled: bool = False
    closing: bool = False
    paused: bool = False
    pid: int = 0


class EngineView(Struct, frozen=True):
    """What the engine keeps going: jobs ``planned``, jobs being carried out, and all asyncio ``tasks`` of the process.

    In a house at rest the first two are equal, and the tasks beyond them are a few that do not grow.
    """

    planned: int
    working: int
    tasks: int
