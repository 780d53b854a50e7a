"""Decisions about tasks: run when something that the result depends on is new, skip while nothing is."""

from collections.abc import Mapping

from homeport.model.facts import Digested, Done, Key, Run, Watching
from homeport.model.nodes import EnvFile, Option, Secret, Service, Task, Tool
from homeport.model.plan import DigestInputs, Hold, RunTask
from homeport.model.snapshot import Snapshot
from homeport.model.view import State
from homeport.plan.decision import Decision, unmet
from homeport.plan.identity import digest, made_of, runs_of


def decide_task(task: Task, see: Snapshot, decided: Mapping[str, Decision]) -> Decision:
    """Decide about a wanted task."""
    run = see.run(task.name)
    inputs = _inputs(task, see)
    made = made_of(task, see)
    blocked = unmet(see.graph.needs[task.name], decided)
    if isinstance(inputs, Decision):
        return _while_unknown(task, run, inputs)
    if isinstance(made, Hold):
        return _while_unknown(task, run, _waiting(blocked or made))
    data = _data_of_needs(task, see)
    turn = see.wishes.turns.get(task.name, 0)
    args = see.wishes.args.get(task.name, task.args)
    stamp = digest(made.what, args, inputs, data)
    runs = "" if task.inputs else f"{see.house} {_runs_of_needs(task, see)}"
    identity = f"{stamp}/{turn}/{runs}"
    if run is not None and run.alive:
        return _decide_alive(task, see, run, identity, blocked)
    done = see.done(task.name)
    unknown = None in data
    if not _lacks_outputs(task, run, see) and _is_done(task, done, run, stamp, turn, runs, unknown=unknown):
        return Decision("completed", started=True, ready=True, completed=True)
    if task.manual and turn == 0:
        return Decision("stopped", detail=f"runs when asked: `homeport trigger {task.name}`")
    if task.manual and run is not None and run.identity.split("/")[1] == str(turn):
        return _failed(run)
    if run is not None and run.identity == identity:
        return _failed(run)
    if blocked is not None:
        return _waiting(blocked)
    number = run.number + 1 if run is not None else 1
    count = done.count if done is not None else 0
    python = see.graph.interpreter
    key: Key = ("run", task.name, 0)
    job = RunTask(key, identity, task, number, stamp, turn, runs, count, args, made.values, made.folders, python)
    return Decision("waiting", slot=job, hold=Hold("waiting for a free place among the running tasks (--jobs)"))


def _inputs(task: Task, see: Snapshot) -> str | Decision:
    """Return the digest of a task's inputs, or the decision to find it out first."""
    if not task.inputs:
        return ""
    watch = see.fact(("watch", "", 0), Watching)
    changed = see.facts.get(task.name, {}).get(("changed", 0))
    if watch is None or not (watch.ready or watch.error):
        return _waiting(Hold("its input files are not watched yet"))
    identity = f"{digest(task.inputs)}/{getattr(changed, 'seq', 0)}/{watch.identity}"
    known = see.fact(("inputs", task.name, 0), Digested)
    if known is None or known.identity != identity:
        job = DigestInputs(("inputs", task.name, 0), identity, task)
        return Decision("waiting", jobs=(job,), hold=Hold("reading its input files"))
    if known.error:
        return Decision("failed", hold=Hold(known.error), detail=known.error)
    return known.digest


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
    fit = run.identity == identity or (task.manual and run.identity.split("/")[1] == identity.split("/")[1])
    if fit or blocked is not None or see.wishes.is_paused(task.name):
        stale = "" if fit else "its inputs changed while it runs"
        return Decision(state, (_kept(task, run),), started=run.started is not None, busy=True, stale=stale)
    return Decision("stopping", detail="its inputs changed: it starts again", busy=True)


def _kept(task: Task, run: Run) -> RunTask:
    return RunTask(("run", task.name, 0), run.identity, task, run.number, "", 0, "")


def _is_done(
    task: Task, done: Done | None, run: Run | None, stamp: str, turn: int, runs: str, *, unknown: bool
) -> bool:
    """Whether the last success still stands.

    ``unknown``: a need is not running, so which data it has cannot be told; then a success of this house stands.
    """
    if done is None or done.turn != turn:
        return False
    if task.manual:
        return turn > 0
    if unknown and run is not None and run.ended is not None and run.ended.ok:
        return True
    return done.stamp == stamp and done.runs == runs


def _failed(run: Run) -> Decision:
    reason = str(run.ended)
    return Decision("failed", hold=Hold(f"it failed: {reason}"), detail=reason)


def _waiting(hold: Hold) -> Decision:
    return Decision("waiting", hold=hold, detail=hold.reason)


_NOT_RUNNING = Tool | Secret | EnvFile | Option


def _data_of_needs(task: Task, see: Snapshot) -> tuple[str | None, ...]:
    """Return which data the needs of a task hold; None for one that has data but does not run."""
    found: list[str | None] = []
    for need in see.graph.needs[task.name]:
        node = see.graph.nodes.get(need.name)
        if isinstance(node, Service) and node.keeps:
            run = see.run(need.name)
            found.append(run.data_id if run is not None else None)
        elif isinstance(node, Task):
            done = see.done(need.name)
            found.append(done.stamp if done is not None else None)
    return tuple(found)


def _runs_of_needs(task: Task, see: Snapshot) -> str:
    needs = (need.name for need in see.graph.needs[task.name])
    return ",".join(runs_of(name, see) for name in needs if not isinstance(see.graph.nodes.get(name), _NOT_RUNNING))
