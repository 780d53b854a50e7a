"""All instances of this user on this machine, asked side by side: one that hangs holds up nobody else."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import psutil
from msgspec.structs import replace

from homeport.cli.call import Call
from homeport.cli.screen.instances import Neighbour
from homeport.client.client import Client
from homeport.client.connection import GoneError
from homeport.machine.after.leftovers import leftovers
from homeport.machine.clusters.record import Records, described
from homeport.machine.instances.folders import folders_of
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.names import is_gone
from homeport.machine.instances.registry import Instances
from homeport.model.running import RUNNING
from homeport.model.view import Frame, NodeView

_PATIENCE = 2.0
"""Seconds that a house has to answer; one that does not is listed as silent."""

_SIDE_BY_SIDE = 32
"""Houses that are asked at a time."""


def instances(call: Call, now: float) -> list[Neighbour]:
    """Return every instance, in the order in which they came; houses that the registry does not know come last."""
    every = Instances(folders_of(call.environ)).everyone()
    if not every:
        return []
    with ThreadPoolExecutor(min(_SIDE_BY_SIDE, len(every))) as pool:
        found = list(pool.map(lambda instance: _look(instance, now), every))
    return list(_weighed(found))


def _look(instance: Instance, now: float) -> Neighbour:
    running = instance.running()
    registered = bool(instance.stack)
    about = (instance.name, instance.stack, str(instance.file) if registered else "")
    lost = ", its stack file is gone" if not registered or is_gone(instance.file) else ""
    there = tuple(map(described, Records(instance.folder).all()))
    if running is None:
        left = tuple(sorted(one.pid for one in leftovers(instance.folder, instance.name)))
        died = f"killed, {len(left)} {'process' if len(left) == 1 else 'processes'} left" if left else "stopped"
        state = ", ".join([died, *there]) + lost
        return Neighbour(*about, running=False, state=state, left=left, clusters=there)
    state, addresses = _ask(running.socket)
    age = now - running.started if running.started else 0.0  # who only cleans up notes no beginning
    return Neighbour(
        *about, running=True, state=state + lost, pid=running.pid, age=age, addresses=addresses, clusters=there
    )


def _ask(path: str) -> tuple[str, tuple[str, ...]]:
    if not path:
        return "being cleaned up", ()  # `down`, `doctor --fix` and `prune` hold an instance and open no house
    try:
        frame = Client(path, timeout=_PATIENCE).status()
    except GoneError:
        return "not reachable", ()  # it opens or ends just now
    except OSError:
        return "silent", ()
    return summary(frame), tuple(address for node in frame.nodes for address in addresses_of(node))


def addresses_of(node: NodeView) -> list[str]:
    """Return where to reach a node: its links, else its ports."""
    return list(node.links.values()) or [f"127.0.0.1:{port}" for port in node.ports.values()]


def summary(frame: Frame) -> str:
    """Return the state of a whole house in a few words."""
    nodes = [node for node in frame.nodes if node.type in RUNNING and node.state not in ("stopped", "disabled")]
    failed = [node.name for node in nodes if node.state in ("failed", "unready", "restarting")]
    fine = sum(node.state in ("ready", "completed") for node in nodes)
    if frame.closing:
        return "closing"
    if failed:
        return f"{', '.join(failed[:2])}{' …' if len(failed) > 2 else ''} failing"
    return "ready" if fine == len(nodes) else f"starting {fine}/{len(nodes)}"


def _weighed(found: Sequence[Neighbour]) -> Iterator[Neighbour]:
    """Yield the instances with the memory of their houses and of everything below them: one look at all processes."""
    below: dict[int, list[int]] = defaultdict(list)
    if any(one.running or one.left for one in found):
        for process in psutil.process_iter(["ppid"]):
            below[process.info["ppid"]].append(process.pid)
    for one in found:
        family = [one.pid] if one.running else [*one.left]
        for pid in family if one.running else ():
            family += below.get(pid, ())
        yield replace(one, memory=sum(map(_memory, family)))


def _memory(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
