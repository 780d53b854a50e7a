"""Get what others are made of: tools, values, ports, digests."""

import asyncio
import os

from homeport.aio.threads import in_thread
from homeport.model.errors import HomeportError
from homeport.model.facts import Digested, Leased, Provided
from homeport.model.plan import DigestInputs, LeasePorts, LoadValues, ProvideTool
from homeport.ports.report import Report
from homeport.work.outside import Outside


async def provide_tool(job: ProvideTool, outside: Outside, report: Report) -> None:
    """Find or fetch a tool and tell progress meanwhile; who is cancelled calls a fetch back, and leaves nothing of it."""
    loop = asyncio.get_running_loop()
    toolbox = outside.toolbox

    def say(text: str) -> None:
        loop.call_soon_threadsafe(report.put, job.key, Provided(job.identity, progress=text))

    left = False

    def provide() -> Provided:
        if left:  # it waited for a free thread until now
            return Provided(job.identity, missing="nobody waits for it any more")
        return toolbox.provide(job.tool, job.identity, say)

    def leave() -> None:
        nonlocal left
        left = True
        toolbox.leave(job.identity)

    report.put(job.key, await in_thread(provide, hurry=leave))


async def load_values(job: LoadValues, outside: Outside, report: Report) -> None:
    """Read the values of a secret or ``.env`` file."""
    report.put(job.key, await in_thread(lambda: outside.vault.load(job.node, job.identity)))


async def lease_ports(job: LeasePorts, outside: Outside, report: Report) -> None:
    """Get the ports of all services; one that cannot be had is told on its service."""
    names = frozenset(service.name for service, _, _ in job.services)

    def lease() -> list[Leased]:
        try:
            with outside.portbook.together():
                outside.portbook.keep_only(names)
                return [outside.portbook.lease(*wanted) for wanted in job.services]
        except HomeportError as error:
            return [Leased(identity, error=error.what, hint=error.hint) for _, _, identity in job.services]

    found = await in_thread(lease)
    for (service, _, _), leased in zip(job.services, found, strict=True):
        report.put(("ports", service.name, 0), leased)
    error = next((leased.error for leased in found if leased.error), None)
    identity = job.identity.partition("/")[0]
    report.put(job.key, Leased(identity, error=error, at=outside.clock.now()))


async def digest_inputs(job: DigestInputs, outside: Outside, report: Report) -> None:
    """Digest the input files of a task, and see whether its outputs are there."""
    task = job.task

    def look() -> tuple[str, bool]:
        return outside.digest(task.inputs), any(not os.path.exists(path) for path in task.outputs)

    try:
        digest, missing = await in_thread(look)
    except HomeportError as error:
        report.put(job.key, Digested(job.identity, error=error.what))
        return
    report.put(job.key, Digested(job.identity, digest, missing))
