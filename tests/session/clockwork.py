"""A store, a wheel and a feed over fakes, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from homeport.aio.virtual import run_virtually
from homeport.engine.crew import Crew
from homeport.engine.loop import Loop
from homeport.engine.store import Store
from homeport.model.facts import Evaluated, Provided
from homeport.model.graph import Graph
from homeport.model.instants import Instant
from homeport.model.nodes import Node, Service, Tool
from homeport.model.parts import Exec, Port, Where
from homeport.model.plan import Job
from homeport.model.snapshot import Snapshot
from homeport.model.wishes import Wishes, newest
from homeport.plan.decision import Answer
from homeport.plan.stack import evaluation_identity
from homeport.plan.steer import plan
from homeport.ports.fakes.abroad import abroad
from homeport.ports.fakes.fronts import FakeFronts
from homeport.ports.fakes.logbook import FakeLogBook
from homeport.ports.fakes.memory import FakeMemory
from homeport.ports.fakes.portbook import FakePortBook
from homeport.ports.fakes.prober import FakeProber
from homeport.ports.fakes.runtime import FakeRuntime
from homeport.ports.fakes.vault import FakeVault
from homeport.ports.fakes.watcher import FakeWatcher
from homeport.session.feed import HouseFeed
from homeport.session.sources import Sources
from homeport.work.outside import Outside, Surroundings
from homeport.work.roster import roster


def service(name: str, *ports: Port) -> Service:
    """Return a service that needs nothing."""
    return Service(name, Where("stack.py", 1), Exec((name,)), "/repo", ports=ports)


def graph(*nodes: Node) -> Graph:
    """Return a stack of these nodes."""
    return Graph("demo", "/repo", "/repo/stack.py", {node.name: node for node in nodes})


class Clockwork:
    """A store, a wheel and a feed over fakes: clock, toolbox and evaluator are its own."""

    def __init__(self, *nodes: Node) -> None:
        first = {"": {("file", 0): Evaluated(evaluation_identity(0, {}))}}
        self.store = Store(Snapshot(graph(*nodes), Wishes(), first, house="h"), self, newest)
        self.memory = FakeMemory()
        self.book = FakeLogBook()
        self.sources = Sources()
        self.outside = Outside(
            runtime=FakeRuntime(),
            book=self.book,
            prober=FakeProber(),
            watcher=FakeWatcher(),
            digest=lambda _rules: "",
            vault=FakeVault(),
            toolbox=self,
            portbook=FakePortBook(),
            fronts=FakeFronts(),
            evaluator=self,
            memory=self.memory,
            clock=self,
            surroundings=Surroundings("demo", "h", "/repo", {"PATH": "/bin"}, {}, "/venv/bin/python", {}),
            **vars(abroad()),
        )
        crew: Crew[Job] = Crew(roster(self.outside, self.store), self.store.touch, _raise)
        self.loop: Loop[Answer, Job] = Loop(self.store, crew, plan, self)
        self.feed = HouseFeed(self.store, self.loop, self.outside, 1, tuple, self.sources)

    def now(self) -> Instant:
        """Virtual microseconds."""
        return round(asyncio.get_running_loop().time() * 1e6)

    def wall(self) -> float:
        """Virtual seconds."""
        return asyncio.get_running_loop().time()

    def provide(self, tool: Tool, identity: str, say: Callable[[str], None]) -> Provided:
        """Find every tool."""
        return Provided(identity)

    async def evaluate(self, file: str, options: Mapping[str, str]) -> Graph:
        """Return the graph as it is."""
        return self.store.snapshot.graph

    def live(self, story: Callable[[HouseFeed], Awaitable[None]]) -> None:
        """Turn the wheel in virtual time while a story is told."""

        async def main() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.loop.run())
                await story(self.feed)
                self.store.close(at_once=True)

        run_virtually(main())


def _raise(_job: Job, error: BaseException) -> None:
    raise error
