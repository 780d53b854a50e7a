"""All instances of this user on this machine, asked one by one."""

import os
from collections.abc import Iterator

import psutil

from homeport.cli.call import Call
from homeport.cli.screen.instances import Neighbour
from homeport.client.client import Client
from homeport.machine.folders import folders_of
from homeport.machine.instances import Instances
from homeport.model.view import Frame

_PATIENCE = 2.0
"""Seconds that a house has to answer; one that does not is listed as silent."""


def instances(call: Call, now: float) -> Iterator[Neighbour]:
    """Yield every instance, in the order in which they came."""
    for instance in Instances(folders_of(call.environ)).all():
        running = instance.running()
        about = (instance.name, instance.stack, str(instance.file))
        if running is None:
            gone = "" if os.path.exists(instance.file) else ", its stack file is gone"
            yield Neighbour(*about, running=False, state=f"stopped{gone}")
            continue
        state, addresses = _ask(running.socket)
        yield Neighbour(
            *about,
            running=True,
            state=state,
            pid=running.pid,
            age=now - running.started,
            memory=_memory(running.pid),
            addresses=addresses,
        )


def _ask(path: str) -> tuple[str, tuple[str, ...]]:
    try:
        frame = Client(path, timeout=_PATIENCE).status()
    except OSError:
        return "silent", ()
    return summary(frame), tuple(link for node in frame.nodes for link in node.links.values())


def summary(frame: Frame) -> str:
    """Return the state of a whole house in a few words."""
    nodes = [
        node for node in frame.nodes if node.type in ("service", "task") and node.state not in ("stopped", "disabled")
    ]
    failed = [node.name for node in nodes if node.state in ("failed", "unready", "restarting")]
    fine = sum(node.state in ("ready", "completed") for node in nodes)
    if frame.closing:
        return "closing"
    if failed:
        return f"{', '.join(failed[:2])}{' …' if len(failed) > 2 else ''} failing"
    return "ready" if fine == len(nodes) else f"starting {fine}/{len(nodes)}"


def _memory(pid: int) -> int:
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0
    total = 0
    for process in family:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total
