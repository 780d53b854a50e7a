"""Let containers of this machine reach a service that is none, at the address where an engine publishes for them."""

import asyncio

from homeport.model.errors import OutsideError
from homeport.model.facts import Engine, Fronting
from homeport.model.plan import Bridge, FindEngine
from homeport.ports.report import Report
from homeport.work.fronting import RETRY
from homeport.work.outside import Outside


async def bridge(job: Bridge, outside: Outside, report: Report) -> None:
    """Listen until cancelled. An engine whose containers reach our loopback by themselves needs nothing."""
    try:
        while True:
            try:
                host = await outside.containers.gateway()
                if host is None:
                    report.put(job.key, Fronting(job.identity))
                    await asyncio.get_running_loop().create_future()
                async with outside.fronts.listen(job.ports, host) as addresses:
                    for name, address in addresses.items():
                        address.point((job.ports[name],))
                    report.put(job.key, Fronting(job.identity))
                    await asyncio.get_running_loop().create_future()
            except OutsideError as error:
                report.put(job.key, Fronting(job.identity, error=error.what))
            await asyncio.sleep(RETRY)
    finally:
        report.put(job.key, Fronting(""))


async def find_engine(job: FindEngine, outside: Outside, report: Report) -> None:
    """Find out what runs containers here, or why nothing does."""
    now = outside.clock.now
    try:
        report.put(job.key, Engine(job.identity, await outside.containers.engine(), at=now()))
    except OutsideError as error:
        report.put(job.key, Engine(job.identity, error=error.what, hint=error.hint or "", at=now()))
