"""Read what a container said last before it failed."""

from homeport.model.cluster_jobs import Explain
from homeport.model.errors import OutsideError
from homeport.model.shipped import Explained
from homeport.ports.report import Report
from homeport.work.cluster.following import last_lines
from homeport.work.outside import Outside

COUNT = 12
"""Last lines that are shown."""


async def explain(job: Explain, outside: Outside, report: Report) -> None:
    """Read the lines, as far as the cluster still has them."""
    lines: tuple[str, ...] = ()
    try:
        cluster = (await outside.cloud.opened()).cluster
        tail = job.tail
        lines = await last_lines(cluster, job.namespace, tail.pod, tail.container, previous=tail.previous, count=COUNT)
    except OutsideError:
        pass  # what cannot be read explains nothing, and the failure itself is told
    report.put(job.key, Explained(job.identity, lines))
