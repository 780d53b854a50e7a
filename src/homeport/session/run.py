"""Opens a house, shows it to somebody, and closes it again."""

import asyncio
import os
import resource
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from homeport.adapters.process.runtime import ProcessRuntime
from homeport.config.evaluate import ChildEvaluator
from homeport.engine.store import Store
from homeport.machine.folders import Folders, folders_of
from homeport.machine.house import Running as Holder
from homeport.machine.instances import Instance, Instances
from homeport.machine.memory import DiskMemory
from homeport.model.errors import RefusedError
from homeport.model.facts import Evaluated, Fact
from homeport.model.graph import Graph
from homeport.model.snapshot import NodeFacts, Snapshot
from homeport.model.wishes import Wishes
from homeport.plan.stack import evaluation_identity
from homeport.ports.memory import Memory
from homeport.server.serve import serve
from homeport.session.clock import SystemClock
from homeport.session.forgetful import ForgetfulMemory
from homeport.session.furnish import furnish, leasing, remembering
from homeport.session.house import House
from homeport.session.names import meant
from homeport.session.settings import Settings

MANY_FILES = 65_536
"""Descriptors that a house may hold."""


class Running(Exception):
    """This instance runs already: its ``name``, ``socket`` and process id."""

    def __init__(self, name: str, socket: str, pid: int) -> None:
        super().__init__(f"{name} runs already as process {pid}")
        self.name = name
        self.socket = socket
        self.pid = pid


async def run(settings: Settings, show: Callable[[House], Awaitable[int]]) -> int:
    """Open a house, serve its socket, and run ``show``; when that returns, end politely and return its code.

    Raises Running when this instance runs already, ConfigError for a wrong file, RefusedError for unknown names or options.
    """
    clock = SystemClock()
    folders = folders_of(settings.environ)
    evaluator = ChildEvaluator(settings.environ, sys.executable)
    graph, instance, memory = await _declared(settings, folders, evaluator)
    wishes = _wishes(settings, graph, memory)
    holder = instance.claim(clock.wall())
    if isinstance(holder, Holder):
        raise Running(instance.name, holder.socket, holder.pid)
    told: list[str] = [*memory.notices]
    portbook = leasing(instance, folders, clock)
    try:
        async with ProcessRuntime(portable=settings.portable, say=told.append) as runtime:
            _open_many_files()
            kept: Memory = memory if settings.remember else ForgetfulMemory(memory)
            outside = furnish(
                settings,
                instance,
                folders,
                memory=kept,
                portbook=portbook,
                runtime=runtime,
                evaluator=evaluator,
                clock=clock,
                say=told.append,
            )
            see = Snapshot(graph, wishes, _first_facts(graph, wishes, memory), house=outside.surroundings.house)
            store = Store(see, clock)
            house = House(
                store,
                outside,
                kept,
                stack=graph.stack,
                root=str(instance.root),
                socket=str(instance.socket()),
                pid=os.getpid(),
                told=told,
            )
            kept.keep_wishes(wishes)
            try:
                return await _live(house, show)
            finally:
                outside.book.close()
    finally:
        portbook.close()
        instance.forget_run()
        holder.close()


def _open_many_files() -> None:
    """Let this process hold as many descriptors as it may: each program costs two. Programs keep the shell's limit.

    The guardian, which starts them, began before.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else max(soft, MANY_FILES)
    with suppress(ValueError, OSError):  # some systems name a limit that they do not give
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, MANY_FILES)), hard))


async def _live(house: House, show: Callable[[House], Awaitable[int]]) -> int:
    """Turn the wheel and show the house; the wheel ends when all has ended after the show."""
    asyncio.get_running_loop().set_exception_handler(house.unexpected)
    async with asyncio.TaskGroup() as group:
        wheel = group.create_task(house.run(), name="wheel")
        try:
            await house.planned()
            async with serve(house.socket, house):
                try:
                    code = await show(house)
                finally:
                    await _ended(house, wheel)  # people can still ask who is left
        finally:
            await _ended(house, wheel)
    return code


async def _ended(house: House, wheel: asyncio.Task[None]) -> None:
    house.close()
    await asyncio.shield(wheel)


async def _declared(
    settings: Settings, folders: Folders, evaluator: ChildEvaluator
) -> tuple[Graph, Instance, DiskMemory]:
    """Evaluate the file, with the options that its instance remembers."""
    instances = Instances(folders)
    root = Path(settings.file).parent
    before = instances.at(Path(settings.file), settings.instance)
    options = {**(remembering(before).wishes().options if before is not None else {}), **settings.options}
    graph = await evaluator.evaluate(settings.file, options)
    instance = instances.resolve(graph.stack, root, Path(settings.file), settings.instance)
    return graph, instance, remembering(instance)


def _wishes(settings: Settings, graph: Graph, memory: DiskMemory) -> Wishes:
    """Return the wishes that this house begins with: what is remembered, and what was asked for now."""
    known = memory.wishes()
    unknown = [name for name in settings.options if name not in graph.nodes]
    if unknown:
        raise RefusedError(f"the stack has no option {unknown[0]!r}", hint="`homeport args` lists its options")
    return replace(
        known,
        options={**known.options, **settings.options},
        selected=frozenset(meant(settings.select, graph)) if settings.select else None,
        all_paused=settings.manual or known.all_paused,
        jobs=settings.jobs or known.jobs,
        give_up=settings.give_up,
    )


def _first_facts(graph: Graph, wishes: Wishes, memory: DiskMemory) -> dict[str, NodeFacts]:
    """Return what is known before anything happened: the evaluation, and the successes of earlier houses."""
    first: dict[tuple[str, int], Fact] = {("file", 0): Evaluated(evaluation_identity(0, wishes.options))}
    facts: dict[str, NodeFacts] = {"": first}
    for name, done in memory.done().items():
        if name in graph.nodes:
            facts[name] = {("done", 0): replace(done, turn=0)}
    return facts
