"""Opens a house, shows it to somebody, and closes it again."""

import asyncio
import gc
import os
import resource
import secrets
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path

from homeport.adapters.containers.containers import DockerContainers
from homeport.adapters.process.runtime import ProcessRuntime
from homeport.aio.threads import in_thread
from homeport.config.evaluate import ChildEvaluator, Patching
from homeport.engine.store import Store
from homeport.machine.after.ledger import DiskLedger, accounts
from homeport.machine.instances.folders import Folders, folders_of
from homeport.machine.instances.house import Running
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.registry import Instances
from homeport.model.errors import ConfigError
from homeport.model.wishes import newest
from homeport.plan.cluster.link import in_cluster, site_of
from homeport.ports.evaluator import Evaluator
from homeport.server.serve import serve
from homeport.session.beginning import Beginning, begin
from homeport.session.clock import SystemClock
from homeport.session.forgetful import ForgetfulMemory
from homeport.session.furnish import Parts, furnish, leasing
from homeport.session.house import House
from homeport.session.notices import Notices
from homeport.session.pinning import HouseClusters
from homeport.session.settings import Settings
from homeport.session.sources import NotingEvaluator, Sources

MANY_FILES = 65_536
"""Descriptors that a house may hold."""


class RunsAlready(Exception):
    """This instance runs already: its ``name``, ``socket`` and process id."""

    def __init__(self, name: str, socket: str, pid: int) -> None:
        super().__init__(f"{name} runs already as process {pid}")
        self.name = name
        self.socket = socket
        self.pid = pid


async def run(
    settings: Settings, show: Callable[[House], Awaitable[int]], tell: Callable[[str], None] | None = None
) -> int:
    """Open a house, serve its socket, and run ``show``; when that returns, end politely and return its code.

    What a killed house left running is ended before anything starts; ``tell`` hears that, since nothing is shown yet; without
    it, it becomes a notice. Raises RunsAlready when this instance runs already (whatever became of its file since then),
    ConfigError for a wrong file, RefusedError for unknown names or options,
    OutsideError when this machine does not let a house begin.
    """
    folders = folders_of(settings.environ)
    evaluator = ChildEvaluator(settings.environ, sys.executable, patching=_patching)
    sources = Sources()
    beginning = await _begin(settings, folders, NotingEvaluator(evaluator, sources))
    instance, clock = beginning.instance, SystemClock()
    holder = instance.claim(clock.wall())
    if isinstance(holder, Running):
        raise RunsAlready(instance.name, holder.socket, holder.pid)
    notices = Notices(beginning.memory.notices)
    portbook = leasing(instance, folders, clock)
    name = secrets.token_hex(6)
    try:
        clusters = HouseClusters(instance, folders, settings.environ, os.getuid(), allow=settings.allow_context)
        _pin(settings, beginning, clusters)
        await _reap(instance, tell or notices.say)
        with closing(DiskLedger(instance.folder, name, notices.say)) as ledger:
            async with (
                ProcessRuntime(portable=settings.portable, say=notices.say, ledger=ledger) as runtime,
                DockerContainers(settings.environ, instance.runtime() / "containers", runtime) as containers,
            ):
                _open_many_files()
                parts = Parts(name, folders, portbook, runtime, containers, clusters, evaluator, sources, clock)
                house = _house(settings, beginning, parts, notices)
                gc.freeze()  # what is loaded by now stays: no later collection needs to look at it
                try:
                    return await _live(house, show)
                finally:
                    house.book.close()
    finally:
        portbook.close()
        instance.forget_run()
        holder.close()


async def _begin(settings: Settings, folders: Folders, evaluator: Evaluator) -> Beginning:
    """Return what the house begins with. Raises RunsAlready when the file is broken below one that runs, which tells of it."""
    try:
        return await begin(settings, folders, evaluator)
    except ConfigError as error:
        # What options were given for now may be what is wrong, and a house of no lasting memory (`ci`) joins nobody.
        if settings.remember and not settings.options:
            known = Instances(folders).at(Path(settings.file), settings.instance)
            holder = known.running() if known is not None else None
            if known is not None and holder is not None:
                raise RunsAlready(known.name, holder.socket, holder.pid) from error
        raise


def _pin(settings: Settings, beginning: Beginning, clusters: HouseClusters) -> None:
    """Find the cluster that somebody asked for just now; a wrong one is refused before anything starts or is remembered."""
    if settings.context is not None or "kubernetes" in settings.places.values():
        see = beginning.snapshot("")
        if settings.context is not None or in_cluster(see, frozenset(see.graph.nodes)):
            clusters.pin(site_of(see))


async def _reap(instance: Instance, tell: Callable[[str], None]) -> None:
    """End what a killed house of this instance left running."""
    if any(accounts(instance.folder)):
        # It looks at all processes of the machine, which few starts need.
        from homeport.machine.after.reaping import reap

        await in_thread(lambda: reap(instance.folder, instance.name, tell))


def _house(settings: Settings, beginning: Beginning, parts: Parts, notices: Notices) -> House:
    """Put a house together."""
    instance = beginning.instance
    memory = beginning.memory if settings.remember else ForgetfulMemory(beginning.memory)
    outside = furnish(settings, instance, parts, memory, notices)
    store = Store(beginning.snapshot(outside.surroundings.house), parts.clock, newest)
    memory.keep_wishes(store.snapshot.wishes)
    return House(
        store,
        outside,
        notices,
        parts.sources,
        stack=beginning.graph.stack,
        root=str(instance.root),
        socket=str(instance.socket()),
        pid=os.getpid(),
    )


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


def _patching() -> Patching:
    """Return what knows the objects that functions of the file patch: only files with such functions pay for it."""
    from homeport.render import previewing

    return previewing
