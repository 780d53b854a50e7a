"""A town in virtual time: the real plan, engine and workers over fakes that remember, and every broken promise recorded."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from textwrap import dedent
from typing import Any

from homeport.aio.virtual import run_virtually
from homeport.engine.crew import Crew
from homeport.engine.loop import Loop
from homeport.engine.store import Store
from homeport.model.errors import ConfigError, Mistake
from homeport.model.facts import Evaluated, Provided
from homeport.model.graph import Graph
from homeport.model.instants import Instant
from homeport.model.nodes import Node, Service, Task, Tool
from homeport.model.parts import Exec, Files, Need, Port, Where
from homeport.model.plan import Job
from homeport.model.snapshot import Snapshot
from homeport.model.view import NodeView
from homeport.model.wishes import Wishes, newest
from homeport.plan.decision import Answer
from homeport.plan.stack import evaluation_identity
from homeport.plan.steer import plan
from homeport.plan.views import Seen, draw, is_settled
from homeport.ports.fakes.abroad import abroad
from homeport.ports.fakes.fronts import FakeFronts
from homeport.ports.fakes.logbook import FakeLogBook
from homeport.ports.fakes.memory import FakeMemory
from homeport.ports.fakes.portbook import FakePortBook
from homeport.ports.fakes.runtime import FakeProcess, FakeRuntime, Program
from homeport.ports.fakes.vault import FakeVault
from homeport.ports.fakes.watcher import FakeWatcher
from homeport.ports.prober import Look
from homeport.ports.runtime import Exit, Launch, Output
from homeport.work.outside import Outside, Surroundings
from homeport.work.roster import roster

AT = Where("stack.py", 1)
LAG = 0.02
"""Seconds after which the engine must know what happened outside."""


def program(
    name: str, *needs: str | Need, boot: float = 0.5, drain: float = 0.0, version: int = 0, **more: Any
) -> Service:
    """Return a service that listens, is well ``boot`` seconds after its start, and drains for ``drain`` seconds."""
    wanted = tuple(Need(need) if isinstance(need, str) else need for need in needs)
    env = {"BOOT": str(boot), "DRAIN": str(drain), "VERSION": str(version)}
    number = 8000 + sum(map(ord, name)) % 1000 + 10 * len(name)
    rules = (Files("/repo", (f"/{name}/*",)),)
    ports = (Port("http", number),)
    return Service(name, AT, Exec((name,)), "/repo", env=env, ports=ports, needs=wanted, reload=rules, **more)


def chore(name: str, *needs: str | Need, takes: float = 1.0, code: int = 0, version: int = 0, **more: Any) -> Task:
    """Return a task that ends by itself."""
    wanted = tuple(Need(need) if isinstance(need, str) else need for need in needs)
    env = {"TAKES": str(takes), "CODE": str(code), "VERSION": str(version)}
    return Task(name, AT, Exec((name,)), "/repo", env=env, needs=wanted, **more)


class TownRuntime(FakeRuntime):
    """Programs whose manners are in their environment; each start is checked."""

    def __init__(self, town: "Town") -> None:
        super().__init__()
        self._town = town

    async def spawn(self, launch: Launch, output: Output) -> FakeProcess:
        """Start a pretended program."""
        self._town.check_start(launch)
        env = launch.env
        lives = float(env["TAKES"]) if "TAKES" in env else None
        self.programs[launch.label] = Program(
            lives=lives, ends=Exit(code=int(env.get("CODE", "0"))), stops_in=float(env.get("DRAIN", "0"))
        )
        return await super().spawn(launch, output)


class Town:
    """One house and the world around it. ``broken`` lists every promise that was broken, with its time."""

    def __init__(self, *nodes: Node, **wishes: Any) -> None:
        self.broken: list[tuple[float, str]] = []
        self.troubles: list[BaseException] = []
        self.told: list[str] = []
        self.asked_at = 0.0
        self.closed_at: float | None = None
        self.mistake: str | None = None
        self.files = "1"
        self.plans = 0
        self.runtime = TownRuntime(self)
        self.watcher = FakeWatcher()
        self.memory = FakeMemory()
        self.fronts = FakeFronts()
        self.book = FakeLogBook()
        self.portbook = FakePortBook()
        self.vault = FakeVault()
        self.file = graph_of(nodes)
        first = {"": {("file", 0): Evaluated(evaluation_identity(0, {}))}}
        self.store = Store(Snapshot(self.file, Wishes(**wishes), first, house="h"), self, newest)
        self.crew: Crew[Job] = Crew(roster(self._outside(), self.store), self.store.touch, self._trouble)
        self.loop: Loop[Answer, Job] = Loop(self.store, self.crew, self._plan, self)
        self._seen: dict[str, Seen] = {}

    def _outside(self) -> Outside:
        around = Surroundings("demo", "h", "/repo", {"PATH": "/bin"}, {}, "/venv/bin/python", {})
        return Outside(
            runtime=self.runtime,
            book=self.book,
            prober=self,
            watcher=self.watcher,
            digest=lambda _rules: self.files,
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

    # The promises that the town keeps itself: clock, prober, toolbox, evaluator.

    def now(self) -> Instant:
        """Virtual microseconds."""
        return round(asyncio.get_running_loop().time() * 1e6)

    def wall(self) -> float:
        """Virtual seconds."""
        return asyncio.get_running_loop().time()

    async def look(self, look: Look) -> str | None:
        """Say whether the program on a port is well."""
        found = [process for process in self.runtime.processes if process.launch.env.get("PORT") == str(look.port)]
        well = any(self.is_well(process) for process in found)
        return None if well else f"connection refused on port {look.port}"

    def provide(self, tool: Tool, identity: str, say: Callable[[str], None]) -> Provided:
        """Find every tool."""
        say("looking")
        return Provided(identity, {tool.name: f"/bin/{tool.name}"})

    async def evaluate(self, file: str, options: Mapping[str, str]) -> Graph:
        """Return the file as it is by now, after a while."""
        await asyncio.sleep(0.1)
        if self.mistake is not None:
            raise ConfigError([Mistake(self.mistake, file, 1)])
        self.asked_at = self.wall()
        return self.file

    # What happens.

    def declare(self, *nodes: Node) -> None:
        """Put another world in place at once."""
        self.file = graph_of(nodes)
        self.asked_at = self.wall()
        self.store.declare(self.file)

    def write(self, *nodes: Node) -> None:
        """Save another stack file."""
        self.file = graph_of(nodes)
        self.watcher.save("/repo/stack.py")

    def wish(self, **changes: Any) -> None:
        """Change wishes."""
        self.asked_at = self.wall()
        self.store.wish(lambda wishes: other_wishes(wishes, changes))

    def crash(self, label: str, code: int = 1) -> None:
        """Let the newest program of a label end by itself."""
        self.runtime.of(label).exit(Exit(code=code))

    async def settled(self) -> None:
        """Wait until nothing is on its way."""
        answer = await self.loop.after(self.store.revision - 1)
        while not is_settled(answer) or answer.see.revision != self.store.revision:
            answer = await self.loop.after(answer.see.revision)

    def state(self, name: str) -> str:
        """Return what is decided about a node."""
        assert self.loop.answer is not None
        return self.loop.answer.decisions[name].state

    # What is checked.

    def is_well(self, process: FakeProcess) -> bool:
        """Whether a program has booted and was not asked to end."""
        events = [event for event in self.runtime.events if event.pid == process.pid]
        asked = any(event.what.startswith("asked") for event in events)
        return (
            process.alive and not asked and self.wall() - events[0].at >= float(process.launch.env.get("BOOT", "inf"))
        )

    def was_well(self, process: FakeProcess) -> bool:
        """Whether a program was well a moment ago, which the engine may still believe."""
        events = [event for event in self.runtime.events if event.pid == process.pid]
        boot = float(process.launch.env.get("BOOT", "inf"))
        turned = next((event.at for event in events if event.what.startswith(("asked", "ended"))), None)
        return turned is not None and self.wall() - turned <= LAG and turned - events[0].at >= boot

    def check_start(self, launch: Launch) -> None:
        """Record a start beside a predecessor, on a need that is not well, or on one of another version."""
        if any(process.launch.label == launch.label for process in self.runtime.alive):
            self.broken.append((self.wall(), f"two programs of {launch.label}"))
        name = launch.label.partition(".")[0]
        node = self.store.snapshot.graph.nodes.get(name)
        if not isinstance(node, Service | Task):
            return
        for need in node.needs:
            self._check_need(launch.label, self.store.snapshot.graph.nodes.get(need.name))

    def _check_need(self, label: str, node: Node | None) -> None:
        if not isinstance(node, Service) or self.wall() - self.asked_at <= LAG:
            return
        found = [process for process in self.runtime.processes if process.launch.label.partition(".")[0] == node.name]
        paused = self.store.snapshot.wishes.is_paused(node.name)
        fit = [process for process in found if paused or process.launch.env["VERSION"] == node.env["VERSION"]]
        if not any(self.is_well(process) or self.was_well(process) for process in fit):
            self.broken.append((self.wall(), f"{label} started although {node.name} was not ready at its version"))

    def check_end(self) -> None:
        """Record drains that were cut, and whoever was ended under a dependent after the close."""
        for process in self.runtime.processes:
            events = {event.what: event.at for event in self.runtime.events if event.pid == process.pid}
            if "ended SIGKILL" in events:
                self.broken.append((events["ended SIGKILL"], f"the drain of {process.launch.label} was cut"))
            first = next(
                event.what for event in self.runtime.events if event.pid == process.pid and event.what != "started"
            )
            asked = events.get(first) if first.startswith("asked") else None
            node = self.store.snapshot.graph.nodes.get(process.launch.label.partition(".")[0])
            if not isinstance(node, Service):
                continue
            if asked is not None and self.closed_at is not None and asked >= self.closed_at:
                self._check_left(process.launch.label.partition(".")[0], asked)

    def _check_left(self, name: str, asked: float) -> None:
        for process in self.runtime.processes:
            other = process.launch.label.partition(".")[0]
            node = self.store.snapshot.graph.nodes.get(other)
            events = {event.what: event.at for event in self.runtime.events if event.pid == process.pid}
            leans = isinstance(node, Service | Task) and any(need.name == name for need in node.needs)
            if leans and events["started"] < asked < events["gone"]:
                self.broken.append((asked, f"{name} was ended under {other}"))

    def _trouble(self, job: Job, error: BaseException) -> None:
        self.troubles.append(error)
        self.broken.append((self.wall(), f"the worker of {job.key} raised {error!r}"))

    def _plan(self, see: Snapshot, now: Instant, before: Answer | None) -> Answer:
        answer = plan(see, now, before)
        self.plans += 1
        drawn = draw(answer, 0.0, self._seen)
        for name, seen in drawn.items():
            old = self._seen.get(name)
            text = shown(seen.view)
            if old is None or shown(old.view) != text:
                self.told.append(f"{now / 1e6:7.2f}  {name:<8} {text}".rstrip())
        self._seen = drawn
        return answer


def shown(view: NodeView) -> str:
    """Return a view in one line."""
    detail = f"  {view.detail}" if view.detail and view.state in ("restarting", "failed", "waiting") else ""
    return f"{view.state}{detail}" + (f"  [{view.stale}]" if view.stale else "")


def other_wishes(wishes: Wishes, changes: Mapping[str, Any]) -> Wishes:
    """Return other wishes."""
    return Wishes(**{name: changes.get(name, getattr(wishes, name)) for name in wishes.__struct_fields__})


def graph_of(nodes: Sequence[Node]) -> Graph:
    """Return a graph of these nodes."""
    return Graph(
        "demo", "/repo", "/repo/stack.py", {node.name: node for node in nodes}, ("/repo/stack.py",), "/v/bin/python"
    )


def live(town: Town, tale: Callable[[Town], Awaitable[None]]) -> Town:
    """Let a town live through a tale and close; then nothing may be left and nothing broken."""

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(town.loop.run())
            await tale(town)
            town.closed_at = town.wall()
            town.store.close()
        if town.runtime.alive:
            town.broken.append((town.wall(), "something was left running"))
        if len(asyncio.all_tasks()) != 1:
            town.broken.append((town.wall(), f"tasks were left: {asyncio.all_tasks()}"))
        if town.watcher.open or town.fronts.open:
            town.broken.append((town.wall(), "a watch or an address was left open"))
        town.check_end()

    run_virtually(main())
    assert not town.troubles, town.troubles
    assert not town.broken, town.broken
    return town


def story(town: Town, *names: str) -> str:
    """Return what screens told of these nodes, line by line."""
    return dedent("\n".join(line for line in town.told if not names or line.split()[1] in names))
