"""What is known: small frozen facts, each written by exactly one reporter, stored under the key that its job has.

Instants are integers: microseconds of the engine's clock. Wall times are seconds since the epoch, for people only.
"""

from msgspec import Struct

from homeport.model.errors import Mistake
from homeport.model.forwards import Aimed, Followed, Forwarding
from homeport.model.instants import Instant
from homeport.model.rollouts import Linked, Rollout
from homeport.model.shipped import Cleared, Deployed, Explained, Imaged, Present, Relayed, Unblocked, Updated


class Ending(Struct, frozen=True, omit_defaults=True):
    """How a process ended: by exit ``code`` or by ``signal`` (a name such as ``SIGKILL``).

    ``asked``: we wanted it to end. ``error``: it never started, and why. ``timed_out``: its time limit ended it.
    """

    at: Instant
    code: int | None = None
    signal: str | None = None
    asked: bool = False
    error: str | None = None
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether the program itself, in time, said that all is well."""
        return self.code == 0 and not self.timed_out

    def __str__(self) -> str:
        if self.error:
            return self.error
        if self.timed_out:
            return "its time limit passed"
        return f"killed by {self.signal}" if self.signal else f"exit code {self.code}"


class Run(Struct, frozen=True, omit_defaults=True):
    """One start of a service's replica or of a task.

    ``number`` counts the starts of this place, from 1. ``identity`` is what it was made of: the plan compares it.
    ``crashes``: ends in a row that nobody asked for, before this run. ``started`` is None until the program runs.
    ``ports`` are what this run was told. ``data_id`` names the data that it works on, so that a task knows when they are
    others. ``tail`` holds the last lines of an ended run. ``note`` is something to tell about it. ``stopping``: it was asked
    to end and still drains, so nobody may lean on it, even if it should run again by now. ``clearing``: it ended by itself,
    and what it left behind is being ended. ``in_cluster``: it is a Job there.
    """

    number: int
    identity: str
    crashes: int = 0
    pid: int | None = None
    started: Instant | None = None
    wall: float = 0.0
    ports: dict[str, int] = {}
    data_id: str | None = None
    ended: Ending | None = None
    tail: tuple[str, ...] = ()
    note: str = ""
    stopping: bool = False
    clearing: bool = False
    in_cluster: bool = False

    @property
    def alive(self) -> bool:
        """Whether the run holds its place: before its program started, and until nothing that it started is left."""
        return self.ended is None or self.clearing


class Health(Struct, frozen=True, omit_defaults=True):
    """What a probe thinks of run ``number``. ``since`` the last turn; ``dead``: liveness gave up on it."""

    number: int
    ready: bool = False
    since: Instant = 0
    reason: str = ""
    dead: bool = False
    was_ready: bool = False


class Done(Struct, frozen=True):
    """The last success of a task: ``stamp`` digests everything that its result depends on; ``count`` successes so far.

    Kept over later starts of Homeport. ``turn`` is the wish that was answered; ``runs`` what it needed then.
    """

    stamp: str
    count: int = 1
    turn: int = 0
    runs: str = ""


class Provided(Struct, frozen=True, omit_defaults=True):
    """What became of a tool: paths by program name, folders for the PATH, or why it is ``missing``."""

    identity: str
    programs: dict[str, str] = {}
    folders: tuple[str, ...] = ()
    version: str = ""
    note: str = ""
    missing: str | None = None
    hint: str | None = None
    progress: str = ""

    @property
    def ready(self) -> bool:
        """Whether the programs are there."""
        return not self.missing and not self.progress


class Known(Struct, frozen=True, omit_defaults=True):
    """The state of a secret or ``.env`` file: keyed digests of its values (never the values), plain paths, or an error."""

    identity: str
    digests: dict[str, str] = {}
    paths: dict[str, str] = {}
    error: str | None = None
    hint: str | None = None


class Leased(Struct, frozen=True, omit_defaults=True):
    """The loopback ports of a service: ``shared`` ones by name, and each replica's own (the same ones without replicas)."""

    identity: str
    shared: dict[str, int] = {}
    own: tuple[dict[str, int], ...] = ()
    error: str | None = None
    hint: str | None = None
    at: Instant = 0


class Fronting(Struct, frozen=True, omit_defaults=True):
    """The shared addresses of a replicated service listen (or why not); identity ``""``: nobody listens any more."""

    identity: str
    error: str | None = None


class Engine(Struct, frozen=True, omit_defaults=True):
    """What runs containers on this machine, under ``("engine", "", 0)``: its ``version``, or why there is none, as of ``at``."""

    identity: str
    version: str = ""
    error: str = ""
    hint: str = ""
    at: Instant = 0


class Changed(Struct, frozen=True, omit_defaults=True):
    """Saves seen for one node: ``seq`` counts settled bursts.

    ``lost`` says why it is not known which files were saved, when the node is taken for changed to miss none.
    """

    seq: int
    lost: str = ""


class Digested(Struct, frozen=True, omit_defaults=True):
    """The digest of a task's input files; ``missing`` when one of its outputs is not there."""

    identity: str
    digest: str = ""
    missing: bool = False
    error: str | None = None


class Blind(Struct, frozen=True, omit_defaults=True):
    """Why saves of some files are not seen, and what to do."""

    error: str
    hint: str | None = None

    def __str__(self) -> str:
        return self.error + (f"; {self.hint}" if self.hint else "")


class Watching(Struct, frozen=True, omit_defaults=True):
    """The watch over the rules of one version (``identity``): ``ready`` once every folder is seen, or an ``error``.

    ``unseen``: by node (``""``: the stack's own files), whose folders a ready watch nevertheless does not see.
    """

    identity: str
    ready: bool = False
    error: str | None = None
    hint: str | None = None
    folders: int = 0
    unseen: dict[str, Blind] = {}

    def blind(self, name: str) -> Blind | None:
        """Return why saves of a node's files are not seen, or None."""
        return Blind(self.error, self.hint) if self.error else self.unseen.get(name)


class Evaluated(Struct, frozen=True, omit_defaults=True):
    """The last evaluation of the stack file: ``mistakes`` while it is broken; the graph is then the last good one.

    ``sources`` are files that a broken evaluation read: mending one of them means another evaluation, too. ``short`` counts
    the evaluations in a row, until the instant ``at``, that failed because this machine ran short of something.
    """

    identity: str
    mistakes: tuple[Mistake, ...] = ()
    sources: tuple[str, ...] = ()
    short: int = 0
    at: Instant = 0


Fact = (
    Run
    | Health
    | Done
    | Provided
    | Known
    | Leased
    | Fronting
    | Engine
    | Changed
    | Digested
    | Watching
    | Evaluated
    | Linked
    | Rollout
    | Imaged
    | Deployed
    | Present
    | Cleared
    | Updated
    | Explained
    | Unblocked
    | Relayed
    | Forwarding
    | Aimed
    | Followed
)

Key = tuple[str, str, int]
"""Where a fact is kept and which place a job takes: kind, node name (``""``: the stack), replica (0 where there are none).

Kinds: ``run``, ``health``, ``live``, ``done``, ``tool``, ``known``, ``ports``, ``front``, ``bridge``, ``engine``, ``changed``,
``inputs``, ``watch``, ``file``; of a cluster ``cluster``, ``present``, ``image``, ``deploy``, ``rollout``, ``forward``,
``log POD/CONTAINER`` (with the number of restarts for a replica), ``aim``, ``explain``, ``live-update``, ``relay``,
``clear``.
"""
