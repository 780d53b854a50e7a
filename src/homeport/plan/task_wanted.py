"""What a run of a task would be made of now, and whether it may begin."""

from collections.abc import Mapping

from msgspec import Struct

from homeport.model.facts import Changed, Digested
from homeport.model.nodes import EnvFile, Option, Secret, Service, Task, Tool
from homeport.model.plan import DigestInputs, Hold
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.tasks import Podded, data_in_cluster, left_there, podded
from homeport.plan.decision import PAUSED, Decision, unmet, waiting
from homeport.plan.docker import unbridged, with_image, without_engine
from homeport.plan.identity import TASK, Made, digest, made_of, runs_of
from homeport.plan.stack import is_watched


class Gate(Struct, frozen=True):
    """Whether a run may begin: ``blocked`` says why it may not; ``hopeless``: that will not pass by itself."""

    pod: Podded
    blocked: Hold | None
    hopeless: bool


def gate_of(task: Task, see: Snapshot, decided: Mapping[str, Decision]) -> Gate:
    """Return whether a run of a task may begin."""
    unready = unmet(see.needs(task.name), decided)
    pod = podded(task, see, decided) if see.place(task.name) == "kubernetes" else Podded()
    here = without_engine(task, see) or unbridged(task.name, see) or left_there(task.name, see)
    return Gate(pod, unready or here or pod.blocked, pod.failed and unready is None)


class Wanted(Struct, frozen=True):
    """What a run would be made of now. ``stamp`` digests all that its result depends on, ``runs`` what it would use.

    ``unknown``: a need does not run, so that nobody knows which data it has. ``stale`` tells of saves that wait.
    """

    made: Made
    image: str
    args: tuple[str, ...]
    stamp: str
    turn: int
    runs: str
    unknown: bool
    stale: str

    @property
    def identity(self) -> str:
        """The identity of such a run."""
        return f"{TASK}{self.stamp}/{self.turn}/{self.runs}"


def wanted_run(task: Task, see: Snapshot, decided: Mapping[str, Decision], gate: Gate) -> Wanted | Decision:
    """Return what a run would be made of, or what is decided while that is not known."""
    inputs = _inputs(task, see, decided)
    if isinstance(inputs, Decision):
        return inputs
    made, image = with_image(made_of(task, see), task.name, see)
    made = gate.pod.made(made)
    if isinstance(made, Hold):
        return waiting(gate.blocked or made, hopeless=gate.hopeless)
    data = _data_of_needs(task, see)
    args = see.wishes.args.get(task.name, task.args)
    stamp = digest(made.what, args, inputs.digest, data)
    runs = "" if task.inputs else f"{see.house} {_runs_of_needs(task, see)}"
    return Wanted(made, image, args, stamp, see.wishes.turns.get(task.name, 0), runs, None in data, inputs.stale)


class _Inputs(Struct, frozen=True):
    """The digest of a task's input files; ``stale`` tells of saves that it leaves out."""

    digest: str = ""
    stale: str = ""


def _inputs(task: Task, see: Snapshot, decided: Mapping[str, Decision]) -> _Inputs | Decision:
    """Return the digest of a task's inputs, or the decision to find it out first."""
    if not task.inputs:
        return _Inputs()
    changed = see.fact(("changed", task.name, 0), Changed)
    rules = digest(task.inputs)
    identity = f"{rules}/{changed.seq if changed is not None else 0}"
    known = see.fact(("inputs", task.name, 0), Digested)
    if known is not None and known.identity == identity:
        if known.error:
            return Decision("failed", hold=Hold(known.error), detail=known.error)
        return _Inputs(known.digest)
    if known is not None and see.wishes.is_paused(task.name) and known.identity.startswith(f"{rules}/"):
        return _Inputs(known.digest, PAUSED)
    if not is_watched(see, decided[""]):
        return waiting(Hold("its input files are not watched yet"))
    job = DigestInputs(("inputs", task.name, 0), identity, task)
    return Decision("waiting", jobs=(job,), hold=Hold("reading its input files"), detail="reading its input files")


_NOT_RUNNING = Tool | Secret | EnvFile | Option


def _data_of_needs(task: Task, see: Snapshot) -> tuple[str | None, ...]:
    """Return which data the needs of a task hold; None for one that has data but does not run."""
    found: list[str | None] = []
    for need in see.needs(task.name):
        node = see.graph.nodes.get(need.name)
        if isinstance(node, Service) and node.keeps and see.place(need.name) == "kubernetes":
            found.append(data_in_cluster(need.name, see))
        elif isinstance(node, Service) and node.keeps:
            run = see.run(need.name)
            found.append(run.data_id if run is not None else None)
        elif isinstance(node, Task):
            done = see.done(need.name)
            found.append(done.stamp if done is not None else None)
    return tuple(found)


def _runs_of_needs(task: Task, see: Snapshot) -> str:
    needs = (need.name for need in see.needs(task.name))
    return ",".join(runs_of(name, see) for name in needs if not isinstance(see.graph.nodes.get(name), _NOT_RUNNING))
