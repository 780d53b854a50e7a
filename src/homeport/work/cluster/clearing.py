"""Remove the objects of nodes that have no place in the cluster any more; their data stay."""

from homeport.model.cluster_jobs import Clear
from homeport.model.errors import OutsideError
from homeport.model.shipped import Cleared
from homeport.ports.cluster import Manifest
from homeport.ports.report import Report
from homeport.work.cluster.applying import lost, remove
from homeport.work.outside import Outside


async def clear(job: Clear, outside: Outside, report: Report) -> None:
    """Delete exactly what is ours of these nodes; Services that the relay keeps for them stay."""
    try:
        opened = await outside.cloud.opened()
        mirror = outside.cloud.mirror
        found = [made for name in job.names for made in lost(mirror, name, ())]
        await remove(opened.cluster, [made for made in found if not _stays(made, job)])
        report.put(job.key, Cleared(job.identity, at=outside.clock.now()))
    except OutsideError as error:
        report.put(job.key, Cleared(job.identity, error.what, error.hint or "", outside.clock.now()))


def _stays(made: Manifest, job: Clear) -> bool:
    return made["kind"] == "Service" and made["metadata"]["name"] in job.relayed
