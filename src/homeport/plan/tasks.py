"""Decisions about tasks: run when something that the result depends on is new, skip while nothing is."""

from collections.abc import Mapping

from msgspec.structs import replace

from homeport.model.cluster_jobs import RunPodTask, Scene
from homeport.model.facts import Digested, Done, Run
from homeport.model.graph import Graph
from homeport.model.nodes import Task
from homeport.model.places import Site
from homeport.model.plan import Hold, RunTask
from homeport.model.snapshot import Snapshot
from homeport.model.view import State
from homeport.plan.cluster.images import image_of_run
from homeport.plan.cluster.tasks import follow_task
from homeport.plan.decision import Decision, waiting
from homeport.plan.identity import is_of_task
from homeport.plan.task_wanted import Gate, Wanted, gate_of, wanted_run


def decide_task(task: Task, see: Snapshot, decided: Mapping[str, Decision]) -> Decision:
    """Decide about a wanted task, wherever it runs."""
    decision = _decide(task, see, decided)
    logs = follow_task(task.name, see) if see.place(task.name) == "kubernetes" else ()
    return replace(decision, jobs=(*decision.jobs, *logs)) if logs else decision


def _decide(task: Task, see: Snapshot, decided: Mapping[str, Decision]) -> Decision:
    run = see.run(task.name)
    if run is not None and run.alive and (run.stopping or not is_of_task(run)):
        return Decision("stopping", busy=True)
    if run is not None and run.alive and run.in_cluster != (see.place(task.name) == "kubernetes"):
        return Decision("stopping", detail="it moves", busy=True)
    gate = gate_of(task, see, decided)
    wanted = wanted_run(task, see, decided, gate)
    if isinstance(wanted, Decision):
        return _while_unknown(task, run, wanted)
    if run is not None and run.alive:
        return _decide_alive(task, see, run, wanted.identity, gate.blocked)
    past = _by_the_past(task, see, run, wanted)
    return past if past is not None else _begun(task, see, run, wanted, gate)


def _by_the_past(task: Task, see: Snapshot, run: Run | None, wanted: Wanted) -> Decision | None:
    """Decide by what ran before, or return None where another run is wanted."""
    turn = wanted.turn
    stands = _stands(see.done(task.name), run, wanted.stamp, wanted.runs, unknown=wanted.unknown)
    stands = stands and not _lacks_outputs(task, run, see)
    if _is_answered(run, turn) and (stands or (task.manual and turn)):
        return Decision("completed", started=True, ready=True, completed=True, stale=wanted.stale)
    answered = task.manual and run is not None and turn_of(run) == turn
    if task.manual and (turn == 0 or (run is not None and _was_asked(run) and answered)):
        return Decision("stopped", detail=f"runs when asked: `homeport trigger {task.name}`")
    if run is not None and not _was_asked(run) and (run.identity == wanted.identity or answered):
        return _failed(run)
    return None


def _begun(task: Task, see: Snapshot, run: Run | None, wanted: Wanted, gate: Gate) -> Decision:
    """Decide to begin a run, as soon as nothing is in its way and few enough others run."""
    if gate.blocked is not None:
        return waiting(gate.blocked, hopeless=gate.hopeless)
    scene = gate.pod.scene
    done = see.done(task.name)
    common = (
        ("run", task.name, 0), wanted.identity, task, run.number + 1 if run is not None else 1,
        wanted.stamp, wanted.turn, wanted.runs, done.count if done is not None else 0, wanted.args,
    )  # fmt: skip
    made = wanted.made
    job: RunTask | RunPodTask
    if scene is not None:
        job = RunPodTask(*common, scene=scene, image=image_of_run(task.name, see))
    else:
        job = RunTask(*common, made.values, made.folders, see.graph.interpreter, wanted.image)
    return Decision("waiting", slot=job, hold=Hold("waiting for a free place among the running tasks (--jobs)"))


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
