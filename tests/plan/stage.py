"""A stage without time or tasks: it obeys a plan as the workers would, so that a table needs only what matters to its law."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from homeport.model import plan as jobs_of
from homeport.model.facts import (
    Changed,
    Digested,
    Done,
    Ending,
    Engine,
    Evaluated,
    Fact,
    Fronting,
    Health,
    Key,
    Known,
    Leased,
    Provided,
    Run,
    Watching,
)
from homeport.model.graph import Graph
from homeport.model.instants import SECOND
from homeport.model.nodes import EnvFile, Node, Option, Secret, Service, Source, Task, Tool
from homeport.model.parts import Exec, Files, Need, Port, Shell, Where
from homeport.model.snapshot import Snapshot
from homeport.model.values import Ref, Text
from homeport.model.view import NodeView
from homeport.model.wishes import Wishes
from homeport.plan.decision import Answer, Decision
from homeport.plan.stack import evaluation_identity
from homeport.plan.steer import plan
from homeport.plan.views import Seen, draw

AT = Where("stack.py", 1)
RULES = (Files("/repo", ("*.py",)),)


def service(name: str, *needs: str | Need, **more: Any) -> Service:
    """Return a service that needs these names."""
    wanted = tuple(Need(need) if isinstance(need, str) else need for need in needs)
    return Service(name, more.pop("at", AT), more.pop("run", Exec((name,))), "/repo", needs=wanted, **more)


def task(name: str, *needs: str | Need, **more: Any) -> Task:
    """Return a task that needs these names."""
    wanted = tuple(Need(need) if isinstance(need, str) else need for need in needs)
    return Task(name, more.pop("at", AT), more.pop("run", Shell(name)), "/repo", needs=wanted, **more)


def listening(name: str, *needs: str | Need, **more: Any) -> Service:
    """Return a service with a port, which is therefore probed."""
    return service(name, *needs, ports=(Port("http", 8000),), **more)


def tool(name: str) -> Tool:
    """Return a tool."""
    return Tool(name, AT, name)


def secret(name: str) -> Secret:
    """Return a secret of one value."""
    return Secret(name, AT, {"value": Source(generate="password")})


def env_file(name: str) -> EnvFile:
    """Return a ``.env`` file."""
    return EnvFile(name, AT, f"/repo/{name}")


def option(name: str, default: str | None = None) -> Option:
    """Return an option."""
    return Option(name, AT, default=default)


def ref(node: str, key: str, *, soft: bool = False) -> Text:
    """Return a value that is one reference."""
    return Text((Ref(node, key, soft),))


def graph(nodes: Iterable[Node]) -> Graph:
    """Return a graph of these nodes."""
    return Graph("demo", "/repo", "/repo/stack.py", {node.name: node for node in nodes}, ("/repo/stack.py",), "python")


class Stage:
    """A house that obeys at once. ``sick``: services whose readiness fails. ``slow``: who drains until ``gone``.

    ``busy``: tasks that go on until ``finish``. ``taken``: services whose port another program holds. ``lost``: tools that
    are missing. ``broken``: secrets that cannot be read. Every plan is checked to be the same without its memory.
    """

    def __init__(self, *nodes: Node, **wishes: Any) -> None:
        first = {"": {("file", 0): Evaluated(evaluation_identity(0, wishes.get("options", {})))}}
        self.see = Snapshot(graph(nodes), Wishes(**wishes), first, house="h1", revision=1)
        self.now = 0
        self.sick: set[str] = set()
        self.slow: set[str] = set()
        self.busy: set[str] = set()
        self.taken: set[str] = set()
        self.lost: set[str] = set()
        self.broken: set[str] = set()
        self.data = "data-1"
        self.files = "files-1"
        self.values = "value-1"
        self.started: list[str] = []
        self._before: Answer | None = None
        self._seen: dict[str, Seen] = {}
        self._job_of: dict[str, jobs_of.RunTask] = {}
        self.stepped: Callable[[Answer], None] = lambda _answer: None

    # What happens.

    def declare(self, *nodes: Node) -> None:
        """Declare another world."""
        self.see = replace(self.see, graph=graph(nodes), revision=self.see.revision + 1)

    def wish(self, **changes: Any) -> None:
        """Wish something else."""
        wishes = replace(self.see.wishes, **changes)
        self.see = replace(self.see, wishes=wishes, revision=self.see.revision + 1)

    def turn(self, name: str) -> None:
        """Ask for a restart or trigger a task."""
        self.wish(turns={**self.see.wishes.turns, name: self.see.wishes.turns.get(name, 0) + 1})

    def close(self) -> None:
        """Let everything end."""
        self.see = replace(self.see, closing="in order", revision=self.see.revision + 1)

    def put(self, key: Key, fact: Fact) -> None:
        """Report a fact."""
        kind, name, replica = key
        known = {**self.see.facts.get(name, {}), (kind, replica): fact}
        self.see = replace(self.see, facts={**self.see.facts, name: known}, revision=self.see.revision + 1)

    def save(self, *names: str) -> None:
        """Save a file that the rules of these nodes match; ``""`` for the stack file."""
        for name in names:
            known = self.see.fact(("changed", name, 0), Changed)
            self.put(("changed", name, 0), Changed((known.seq if known else 0) + 1))

    def crash(self, name: str, replica: int = 0, *, code: int = 1) -> None:
        """Let a service's program end by itself."""
        run = self.run(name, replica)
        self.put(("run", name, replica), replace(run, ended=Ending(self.now, code), tail=("boom",)))

    def die(self, name: str, replica: int = 0) -> None:
        """Let liveness give up on a program."""
        run = self.run(name, replica)
        self.put(("live", name, replica), Health(run.number, reason="no answer", dead=True, was_ready=True))

    def unready(self, name: str, replica: int = 0) -> None:
        """Let the readiness probe say no from now on."""
        self.sick.add(name)
        number = self.run(name, replica).number
        self.put(("health", name, replica), Health(number, reason="answered 500", was_ready=True))

    def gone(self, name: str, replica: int = 0) -> None:
        """Let a slow program end at last."""
        run = self.run(name, replica)
        self.put(("run", name, replica), replace(run, ended=Ending(self.now, signal="SIGTERM", asked=True)))

    def finish(self, name: str, code: int = 0) -> None:
        """Let a busy task end."""
        job = self.plan().jobs["run", name, 0]
        assert isinstance(job, jobs_of.RunTask)
        self._finish(self._job_of[name], code)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += round(seconds * SECOND)

    # What follows.

    def plan(self) -> Answer:
        """Ask the plan; its memory must be invisible."""
        fresh = plan(self.see, self.now)
        kept = plan(self.see, self.now, self._before)
        assert kept == fresh, _difference(kept, fresh)
        self._before = kept
        return kept

    def settle(self) -> Answer:
        """Obey plans until one changes nothing."""
        for _ in range(200):
            answer = self.plan()
            self.stepped(answer)
            revision = self.see.revision
            self._obey(answer)
            if revision == self.see.revision:
                return answer
        raise AssertionError(f"the plan never comes to rest: {answer.jobs.keys()} {answer.holds}")

    def pass_time(self, seconds: float) -> Answer:
        """Settle, then let so much time pass, waking whenever the plan wants to look again."""
        end = self.now + round(seconds * SECOND)
        answer = self.settle()
        while answer.wake is not None and answer.wake <= end:
            assert answer.wake > self.now, "a wake in the past would spin"
            self.now = answer.wake
            answer = self.settle()
        self.now = end
        return self.settle()

    def run(self, name: str, replica: int = 0) -> Run:
        """Return the newest run."""
        found = self.see.run(name, replica)
        assert found is not None, f"{name} never ran"
        return found

    def decision(self, name: str) -> Decision:
        """Return what is decided about a node now."""
        return self.plan().decisions[name]

    def state(self, name: str) -> str:
        """Return a node's state now."""
        return self.decision(name).state

    def states(self) -> dict[str, str]:
        """Return all states."""
        return {name: decision.state for name, decision in self.plan().decisions.items() if name}

    def view(self, name: str) -> NodeView:
        """Return what people see of a node; views remember what they were drawn from, and that must be invisible."""
        answer = self.plan()
        self._seen = draw(answer, 0.0, self._seen)
        fresh = draw(answer, 0.0, {})
        assert {n: seen.view for n, seen in self._seen.items()} == {n: seen.view for n, seen in fresh.items()}
        return self._seen[name].view

    # What workers do.

    def _obey(self, answer: Answer) -> None:
        for name in (*self.see.graph.nodes, *(self.see.facts.keys() - self.see.graph.nodes.keys())):
            for replica, run in self.see.alive(name).items():
                job = answer.jobs.get(("run", name, replica))
                if job is None or job.identity != run.identity:
                    self._stop(name, replica, run)
        for job in answer.jobs.values():
            self._work(job)

    def _stop(self, name: str, replica: int, run: Run) -> None:
        if name in self.slow:
            if not run.stopping:
                self.put(("run", name, replica), replace(run, stopping=True))
        else:
            self.gone(name, replica)

    def _work(self, job: jobs_of.Job) -> None:
        match job:
            case jobs_of.RunService():
                self._start(job)
            case jobs_of.RunTask():
                self._begin(job)
            case jobs_of.ProbeRun():
                self._probe(job)
            case jobs_of.Front() | jobs_of.Bridge():
                self._put_new(job.key, Fronting(job.identity))
            case jobs_of.LeasePorts():
                self._lease(job)
            case jobs_of.FindEngine():
                self._put_new(job.key, Engine(job.identity, "Docker 1"))
            case jobs_of.ProvideTool():
                missing = "it is not here" if job.tool.name in self.lost else None
                programs = {"node": f"/bin/{job.tool.name}"}
                self._put_new(job.key, Provided(job.identity, programs, ("/tools",), missing=missing))
            case jobs_of.LoadValues():
                error = "it cannot be read" if job.node.name in self.broken else None
                self._put_new(job.key, Known(job.identity, {"value": self.values}, error=error))
            case jobs_of.DigestInputs():
                self._put_new(job.key, Digested(job.identity, self.files))
            case jobs_of.WatchFiles():
                self._put_new(job.key, Watching(job.version, ready=True))
            case jobs_of.Evaluate():
                self._put_new(job.key, Evaluated(job.identity))

    def _put_new(self, key: Key, fact: Fact) -> None:
        kind, name, replica = key
        if self.see.facts.get(name, {}).get((kind, replica)) != fact:
            self.put(key, fact)

    def _start(self, job: jobs_of.RunService) -> None:
        run = self.see.run(job.service.name, job.replica)
        if run is None or not run.alive:
            data = {"folder": self.data, "run": str(job.number), None: None}[job.service.keeps]
            self.started.append(f"{job.service.name}.{job.replica}")
            fresh = Run(job.number, job.identity, job.crashes, 100, self.now, 1.0, dict(job.own), data)
            self.put(job.key, fresh)

    def _begin(self, job: jobs_of.RunTask) -> None:
        run = self.see.run(job.task.name)
        if run is None or not run.alive:
            self.started.append(job.task.name)
            self._job_of[job.task.name] = job
            self.put(job.key, Run(job.number, job.identity, started=self.now))
        if job.task.name not in self.busy:
            self._finish(self._job_of[job.task.name], 1 if job.task.name in self.sick else 0)

    def _finish(self, job: jobs_of.RunTask, code: int) -> None:
        name = job.task.name
        if code == 0:
            self.put(("done", name, 0), Done(job.stamp, job.count + 1, job.turn, job.runs))
        self.put(("run", name, 0), replace(self.run(name), ended=Ending(self.now, code), tail=("line 1", "line 2")))

    def _probe(self, job: jobs_of.ProbeRun) -> None:
        if not job.live and job.service.name not in self.sick:
            self._put_new(job.key, Health(job.number, ready=True, was_ready=True))

    def _lease(self, job: jobs_of.LeasePorts) -> None:
        for place, (node, replicas, identity) in enumerate(job.services):
            base = 9000 + 100 * place
            shared = {port.name: base + n for n, port in enumerate(node.ports)}
            own = tuple({port: base + 10 * (r + 1) + n for n, port in enumerate(shared)} for r in range(replicas))
            error = "its port is taken by pid 7" if node.name in self.taken else None
            fact = Leased(identity, {} if error else shared, (shared,) if replicas == 1 else own, error)
            self._put_new(("ports", node.name, 0), fact)
        error = "a port is taken" if self.taken else None
        self.put(job.key, Leased(job.identity.partition("/")[0], error=error, at=self.now))


def _difference(kept: Answer, fresh: Answer) -> str:
    names = fresh.decisions.keys() | kept.decisions.keys()
    told = [
        f"{name}: with memory {kept.decisions.get(name)}\n  without {fresh.decisions.get(name)}"
        for name in sorted(names)
        if kept.decisions.get(name) != fresh.decisions.get(name)
    ]
    return "\n".join(told) or f"{kept}\n{fresh}"
