"""A workshop in virtual time: one worker at a time over fakes that remember, and what it reported."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from homeport.aio.virtual import run_virtually
from homeport.model.errors import HomeportError
from homeport.model.facts import Fact, Health, Key, Provided, Run
from homeport.model.graph import Graph
from homeport.model.instants import Instant
from homeport.model.nodes import Service, Task, Tool
from homeport.model.parts import Exec, Files, Port, Where
from homeport.model.plan import ProbeRun, RunService, RunTask
from homeport.ports.fakes.abroad import abroad
from homeport.ports.fakes.fronts import FakeFronts
from homeport.ports.fakes.logbook import FakeLogBook
from homeport.ports.fakes.memory import FakeMemory
from homeport.ports.fakes.portbook import FakePortBook
from homeport.ports.fakes.prober import FakeProber
from homeport.ports.fakes.runtime import FakeRuntime
from homeport.ports.fakes.vault import FakeVault
from homeport.ports.fakes.watcher import FakeWatcher
from homeport.work.outside import Outside, Surroundings

AT = Where("stack.py", 1)


class Workshop:
    """Fakes of every port, and the report: ``facts`` in the order in which they were put, with their time."""

    def __init__(self, *, root: str = "/repo", shell: Mapping[str, str] | None = None) -> None:
        self.facts: list[tuple[float, Key, Fact]] = []
        self.graphs: list[Graph] = []
        self.runtime = FakeRuntime()
        self.book = FakeLogBook()
        self.prober = FakeProber()
        self.watcher = FakeWatcher()
        self.vault = FakeVault({"key": {"value": "s3cr3t-value"}, ".env": {"A": "file", "B": "file"}})
        self.portbook = FakePortBook()
        self.fronts = FakeFronts()
        self.memory = FakeMemory()
        self.graph: Graph | HomeportError = Graph("demo", "/repo", "/repo/stack.py", {})
        self.digest: str | HomeportError = "digest-1"
        self.digested: list[Sequence[Files]] = []
        found = shell if shell is not None else {"PATH": "/usr/bin:/bin", "A": "shell", "SHELL_ONLY": "1"}
        around = Surroundings(
            "demo", "h1", root, found, {"FORCE_COLOR": "1"}, "/homeport/bin/python", {"postgres": "/homeport/launch.py"}
        )
        self.outside = Outside(
            runtime=self.runtime,
            book=self.book,
            prober=self.prober,
            watcher=self.watcher,
            digest=self._digest,
            vault=self.vault,
            toolbox=self,
            portbook=self.portbook,
            fronts=self.fronts,
            evaluator=self,
            memory=self.memory,
            clock=self,
            surroundings=around,
            **vars(abroad()),
        )

    def put(self, key: Key, fact: Fact) -> None:
        """Remember a fact."""
        self.facts.append((self.wall(), key, fact))

    def declare(self, graph: Graph) -> None:
        """Remember a graph."""
        self.graphs.append(graph)

    def now(self) -> Instant:
        """Virtual microseconds."""
        return round(self.wall() * 1e6)

    def wall(self) -> float:
        """Virtual seconds."""
        return asyncio.get_running_loop().time()

    def provide(self, tool: Tool, identity: str, say: Callable[[str], None]) -> Provided:
        """Find a tool."""
        say("looking around")
        return Provided(identity, {tool.name: f"/bin/{tool.name}"})

    async def evaluate(self, file: str, options: Mapping[str, str]) -> Graph:
        """Return the graph, or raise what is there instead."""
        await asyncio.sleep(0.5)
        if isinstance(self.graph, HomeportError):
            raise self.graph
        return self.graph

    def _digest(self, files: Sequence[Files]) -> str:
        self.digested.append(files)
        if isinstance(self.digest, HomeportError):
            raise self.digest
        return self.digest

    def of(self, kind: str) -> list[tuple[float, Fact]]:
        """Return the reported facts of a kind with their times."""
        return [(round(at, 3), fact) for at, key, fact in self.facts if key[0] == kind]

    def runs(self) -> list[Run]:
        """Return the reported runs."""
        return [fact for _, fact in self.of("run") if isinstance(fact, Run)]

    def healths(self, kind: str = "health") -> list[tuple[float, bool, str]]:
        """Return the reported verdicts: time, ready, reason."""
        return [(at, fact.ready, fact.reason) for at, fact in self.of(kind) if isinstance(fact, Health)]


def in_workshop(
    shop: Workshop, work: Awaitable[None], *acts: tuple[float, Callable[[], object]], cancel: Sequence[float] = ()
) -> Workshop:
    """Let a worker work while things happen at their times; cancel it at others. Nothing may be left when it has ended."""

    async def main() -> None:
        async def carry_out() -> None:
            await work

        async with asyncio.TaskGroup() as group:
            task = group.create_task(carry_out())
            loop = asyncio.get_running_loop()
            timers = [loop.call_at(at, act) for at, act in acts] + [loop.call_at(at, task.cancel) for at in cancel]
            await asyncio.wait({task})
            for timer in timers:
                timer.cancel()
        assert len(asyncio.all_tasks()) == 1, asyncio.all_tasks()
        assert not shop.runtime.alive
        assert not shop.watcher.open
        assert not shop.fronts.open

    run_virtually(main())
    return shop


def service(**more: Any) -> Service:
    """Return the service ``api``."""
    return Service("api", AT, more.pop("run", Exec(("api", "--serve"))), more.pop("cwd", "/repo"), **more)


def run_job(node: Service | None = None, **more: Any) -> RunService:
    """Return the job that runs ``api``."""
    node = node or service()
    return RunService(("run", "api", 0), "id-1", node, 0, more.pop("replicas", 1), more.pop("number", 3), **more)


def task_job(**more: Any) -> RunTask:
    """Return the job that runs the task ``seed``."""
    given = {key: more.pop(key) for key in ("args", "turn", "runs", "count") if key in more}
    node = Task("seed", AT, Exec(("seed",)), "/repo", **more)
    job = {"turn": 0, "runs": "r", **given}
    return RunTask(("run", "seed", 0), "id-1", node, 3, "stamp-1", **job)


def probe_job(*, live: bool = False, **more: Any) -> ProbeRun:
    """Return the job that probes ``api`` on port 9000."""
    node = service(ports=(Port("http", 8000),), **more)
    key: Key = ("live" if live else "health", "api", 0)
    return ProbeRun(key, "3/x", node, 0, 1, 3, live, {"http": 9000})
