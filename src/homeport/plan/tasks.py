"""Decisions about tasks: run when something that the result depends on is new, skip while nothing is."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from homeport.model.cluster_jobs import RunPodTask, Scene
from homeport.model.facts import Changed, Digested, Done, Key, Run
from homeport.model.graph import Graph
from homeport.model.instants import Instant
from homeport.model.nodes import EnvFile, Option, Secret, Service, Task, Tool
from homeport.model.places import Site
from homeport.model.plan import DigestInputs, Hold, RunTask
from homeport.model.snapshot import Snapshot
from homeport.model.view import State
from homeport.plan.cluster.tasks import Podded, addresses_known, data_in_cluster, follow_task, left_there, podded
from homeport.plan.decision import PAUSED, Decision, unmet, waiting
from homeport.plan.docker import unbridged, with_image, without_engine
from homeport.plan.identity import TASK, digest, is_of_task, made_of, runs_of
from homeport.plan.stack import is_watched


def decide_task(task: Task, see: Snapshot, decided: Mapping[str, Decision], now: Instant) -> Decision:
    """Decide about a wanted task, wherever it runs."""
    decision = _decide(task, see, decided, now)
    logs = follow_task(task.name, see) if see.place(task.name) == "kubernetes" else ()
    return replace(decision, jobs=(*decision.jobs, *logs)) if logs else decision


def _decide(task: Task, see: Snapshot, decided: Mapping[str, Decision], now: Instant) -> Decision:
    run = see.run(task.name)
    if run is not None and run.alive and (run.stopping or not is_of_task(run)):
        return Decision("stopping", busy=True)
    if run is not None and run.alive and run.in_cluster != (see.place(task.name) == "kubernetes"):
        return Decision("stopping", detail="it moves", busy=True)
    inputs = _inputs(task, see, decided)
    made, image = with_image(made_of(task, see), task.name, see)
    unready = unmet(see.needs(task.name), decided)
    pod = podded(task, see, decided) if see.place(task.name) == "kubernetes" else Podded()
    blocked = (
        unready or without_engine(task, see) or unbridged(task.name, see) or left_there(task.name, see) or pod.blocked
    )
    hopeless = pod.failed and unready is None
    made = pod.made(made)
    if isinstance(inputs, Decision):
        return _while_unknown(task, run, inputs)
    if isinstance(made, Hold):
        return _while_unknown(task, run, waiting(blocked or made, hopeless=hopeless))
    data = _data_of_needs(task, see)
    turn = see.wishes.turns.get(task.name, 0)
    args = see.wishes.args.get(task.name, task.args)
    stamp = digest(made.what, args, inputs.digest, data)
    runs = "" if task.inputs else f"{see.house} {_runs_of_needs(task, see)}"
    identity = f"{TASK}{stamp}/{turn}/{runs}"
    if run is not None and run.alive:
        return _decide_alive(task, see, run, identity, blocked)
    done = see.done(task.name)
    stands = _stands(done, run, stamp, runs, unknown=None in data) and not _lacks_outputs(task, run, see)
    if _is_answered(run, turn) and (stands or (task.manual and turn)):
        return Decision("completed", started=True, ready=True, completed=True, stale=inputs.stale)
    if task.manual and (turn == 0 or (run is not None and _was_asked(run) and turn_of(run) == turn)):
        return Decision("stopped", detail=f"runs when asked: `homeport trigger {task.name}`")
    if run is not None and not _was_asked(run) and (run.identity == identity or (task.manual and turn_of(run) == turn)):
        return _failed(run)
    if blocked is not None:
        return waiting(blocked, hopeless=hopeless)
    if pod.scene is not None and (known_at := addresses_known(task.name, see)) > now:
        return replace(waiting(Hold("the cluster is making known where its needs are", until=known_at)), wake=known_at)
    number = run.number + 1 if run is not None else 1
    count = done.count if done is not None else 0
    python = see.graph.interpreter
    key: Key = ("run", task.name, 0)
    job: RunTask | RunPodTask
    if pod.scene is not None:
        job = RunPodTask(key, identity, task, number, stamp, turn, runs, count, args, scene=pod.scene)
    else:
        job = RunTask(
            key, identity, task, number, stamp, turn, runs, count, args, made.values, made.folders, python, image
        )
    return Decision("waiting", slot=job, hold=Hold("waiting for a free place among the running tasks (--jobs)"))


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


def _lacks_outputs(task: Task, run: Run | None, see: Snapshot) -> bool:
    """Whether an output is gone since an earlier house made it."""
    known = see.fact(("inputs", task.name, 0), Digested)
    return known is not None and known.missing and run is None


def _while_unknown(task: Task, run: Run | None, decision: Decision) -> Decision:
    """Leave a running task alone while what it depends on is being found out."""
    if run is None or not run.alive:
        return decision
    return Decision(
        "building" if task.build else "running", (*decision.jobs, _kept(task, run)), started=True, busy=True
    )


def _decide_alive(task: Task, see: Snapshot, run: Run, identity: str, blocked: Hold | None) -> Decision:
    state: State = "building" if task.build else "running"
    fit = run.identity == identity or (task.manual and turn_of(run) == see.wishes.turns.get(task.name, 0))
    if fit or blocked is not None:
        stale = "" if fit else "its inputs changed while it runs"
        return Decision(state, (_kept(task, run),), started=run.started is not None, busy=True, stale=stale)
    return Decision("stopping", detail="its inputs changed: it starts again", busy=True)


def _kept(task: Task, run: Run) -> RunTask | RunPodTask:
    """Return the job that lets a run be. What it would be made of does not count: its identity stays."""
    if run.in_cluster:
        scene = Scene(Graph("", "", "", {}), Site(), {})
        return RunPodTask(("run", task.name, 0), run.identity, task, run.number, "", 0, "", scene=scene)
    return RunTask(("run", task.name, 0), run.identity, task, run.number, "", 0, "")


def turn_of(run: Run) -> int:
    """Return the wished turn that a run of a task answered."""
    return int(run.identity.split("/")[1])


def _is_answered(run: Run | None, turn: int) -> bool:
    """Whether the newest trigger was obeyed. Turns are counted per house: an earlier house's success answers none."""
    return turn == 0 or (run is not None and run.ended is not None and run.ended.ok and turn_of(run) == turn)


def _was_asked(run: Run) -> bool:
    """Whether a run was cut short by us, so that its end says nothing about the task."""
    return run.ended is not None and run.ended.asked


def _stands(done: Done | None, run: Run | None, stamp: str, runs: str, *, unknown: bool) -> bool:
    """Whether the last success is one of what the task is now.

    ``unknown``: a need is not running, so which data it has cannot be told; then a success of this house stands.
    """
    if done is None:
        return False
    if unknown and run is not None and run.ended is not None and run.ended.ok:
        return True
    return done.stamp == stamp and done.runs == runs


def _failed(run: Run) -> Decision:
    reason = str(run.ended)
    return Decision("failed", hold=Hold(f"it failed: {reason}"), detail=reason)


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
