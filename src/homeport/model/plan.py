"""The answer to a snapshot: jobs wanted, holds with their reasons, and when to look again."""

from collections.abc import Mapping

from msgspec import Struct

from homeport.model.cluster_jobs import ClusterJob
from homeport.model.facts import Key
from homeport.model.instants import Instant
from homeport.model.nodes import EnvFile, Secret, Service, Task, Tool
from homeport.model.parts import Files
from homeport.model.task_runs import TaskRun


class RunService(Struct, frozen=True):
    """Keep one replica of a service running.

    ``values`` holds what its references resolve to (``NODE.KEY`` to text), secrets excepted; ``shared`` and ``own`` its
    ports by name; ``crashes`` the ends in a row before this start; ``folders`` what its tools add to the PATH;
    ``interpreter`` the project's Python. ``image``: what it runs in a container of this machine; ``""``: it is a process.
    """

    key: Key
    identity: str
    service: Service
    replica: int
    replicas: int
    number: int
    crashes: int = 0
    values: Mapping[str, str] = {}
    shared: Mapping[str, int] = {}
    own: Mapping[str, int] = {}
    folders: tuple[str, ...] = ()
    interpreter: str = ""
    image: str = ""


class RunTask(TaskRun, frozen=True):
    """Run a task as a process, or in a container of this machine; the other fields are those of ``RunService``."""

    values: Mapping[str, str] = {}
    folders: tuple[str, ...] = ()
    interpreter: str = ""
    image: str = ""


class ProbeRun(Struct, frozen=True):
    """Watch the health of one run. ``live``: the liveness probe, whose verdict ends the run."""

    key: Key
    identity: str
    service: Service
    replica: int
    replicas: int
    number: int
    live: bool
    own: Mapping[str, int] = {}
    values: Mapping[str, str] = {}
    folders: tuple[str, ...] = ()
    interpreter: str = ""
    image: str = ""


class Front(Struct, frozen=True):
    """Listen on a service's shared ports and hand connections to ready replicas: ``targets`` by port name."""

    key: Key
    identity: str
    service: str
    shared: Mapping[str, int]
    targets: Mapping[str, tuple[int, ...]] = {}


class Bridge(Struct, frozen=True):
    """Let containers of this machine reach the loopback ports of a service, under the same numbers."""

    key: Key
    identity: str
    service: str
    ports: Mapping[str, int]


class FindEngine(Struct, frozen=True):
    """Find out what runs containers on this machine."""

    key: Key
    identity: str


class LeasePorts(Struct, frozen=True):
    """Get the loopback ports of all services, each with its number of replicas and the identity of its lease."""

    key: Key
    identity: str
    services: tuple[tuple[Service, int, str], ...]


class ProvideTool(Struct, frozen=True):
    """Find or fetch a tool."""

    key: Key
    identity: str
    tool: Tool


class LoadValues(Struct, frozen=True):
    """Read a ``.env`` file, or find or make the values of a secret."""

    key: Key
    identity: str
    node: Secret | EnvFile


class DigestInputs(Struct, frozen=True):
    """Digest the input files of a task."""

    key: Key
    identity: str
    task: Task


class WatchFiles(Struct, frozen=True):
    """Watch every file that a rule names. ``rules`` by node name; ``sources`` are the stack's own files.

    The identity never changes: other rules (told by ``version``) reach the worker that watches, so that no save falls between
    two watches.
    """

    key: Key
    identity: str
    version: str
    rules: Mapping[str, tuple[Files, ...]]
    sources: tuple[str, ...]


class Evaluate(Struct, frozen=True):
    """Evaluate the stack file again, because one of its sources or an option changed.

    ``short`` evaluations in a row failed before because this machine ran short of something.
    """

    key: Key
    identity: str
    file: str
    options: Mapping[str, str]
    short: int = 0


Job = (
    RunService
    | RunTask
    | ProbeRun
    | Front
    | Bridge
    | FindEngine
    | LeasePorts
    | ProvideTool
    | LoadValues
    | DigestInputs
    | WatchFiles
    | Evaluate
    | ClusterJob
)


class Hold(Struct, frozen=True, omit_defaults=True):
    """Why a node is not going on: a sentence, and the node that it waits for (to follow the chain of causes)."""

    reason: str
    cause: str | None = None
    until: Instant | None = None


class Plan(Struct, frozen=True):
    """What should be going on, by the place it takes; why other things are not; when to look again (None: at news)."""

    jobs: Mapping[Key, Job]
    holds: Mapping[str, Hold]
    wake: Instant | None = None
