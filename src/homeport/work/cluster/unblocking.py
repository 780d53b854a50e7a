"""Delete a pod that is in the way of a better one."""

from homeport.model.cluster_jobs import Unblock
from homeport.model.errors import OutsideError
from homeport.model.shipped import Unblocked
from homeport.ports.cluster import Scope
from homeport.ports.report import Report
from homeport.work.outside import Outside


async def unblock(job: Unblock, outside: Outside, report: Report) -> None:
    """Delete this very pod, no namesake, and say so in the log of its node; its volumes stay."""
    try:
        cluster = (await outside.cloud.opened()).cluster
        await cluster.delete(Scope("v1", "Pod", job.namespace, name=job.pod), uid=job.uid)
    except OutsideError as error:
        report.put(job.key, Unblocked(job.identity, error=error.what))
        return
    writer = outside.book.writer(job.key[1], run=0)
    writer.note(f'the earlier pod "{job.pod}" was never ready and is in the way of the next one: it was deleted')
    writer.close()
    report.put(job.key, Unblocked(job.identity))
