"""Listen on the shared ports of a replicated service and hand connections to whoever is ready."""

import asyncio
from collections.abc import Mapping

from homeport.aio.latest import Latest
from homeport.model.errors import OutsideError
from homeport.model.facts import Fronting
from homeport.model.plan import Front
from homeport.ports.fronts import Address
from homeport.ports.report import Report
from homeport.work.outside import Outside

RETRY = 1.0
"""Seconds until a port that is taken is asked for again: its holder may be leaving."""


async def front(latest: Latest[Front], outside: Outside, report: Report) -> None:
    """Listen until cancelled; each new set of ready replicas is pointed to at once."""
    job = latest.value
    try:
        while True:
            try:
                async with outside.fronts.listen(job.shared) as addresses:
                    report.put(job.key, Fronting(job.identity))
                    await _point(latest, addresses)
            except OutsideError as error:
                report.put(job.key, Fronting(job.identity, error=error.what))
            await asyncio.sleep(RETRY)
    finally:
        report.put(job.key, Fronting(""))


async def _point(latest: Latest[Front], addresses: Mapping[str, Address]) -> None:
    while True:
        turn = latest.turn
        for name, address in addresses.items():
            address.point(latest.value.targets.get(name, ()))
        await latest.after(turn)
