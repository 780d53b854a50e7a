"""Which worker carries out which job."""

from collections.abc import Awaitable, Callable
from typing import cast

from homeport.aio.latest import Latest
from homeport.kit.masking import Mask
from homeport.model import plan
from homeport.model.cluster_jobs import ClusterJob
from homeport.ports.report import Report
from homeport.work.bridging import bridge, find_engine
from homeport.work.cluster.roster import in_cluster
from homeport.work.discreet import Discreet
from homeport.work.evaluating import evaluate
from homeport.work.fronting import front
from homeport.work.outside import Outside
from homeport.work.probing import probe_run
from homeport.work.providing import digest_inputs, lease_ports, load_values, provide_tool
from homeport.work.service import run_service
from homeport.work.task import run_task
from homeport.work.watching import watch_files


def roster(outside: Outside, report: Report) -> Callable[[Latest[plan.Job]], Awaitable[None]]:
    """Return the function that carries out a job. What it reports holds no secret."""
    told = Discreet(report, Mask(outside.vault.secrets))

    def work(latest: Latest[plan.Job]) -> Awaitable[None]:
        match latest.value:
            case plan.RunService() as job:
                return run_service(job, outside, told)
            case plan.RunTask() as job:
                return run_task(job, outside, told)
            case plan.ProbeRun() as job:
                return probe_run(job, outside, told)
            case plan.Front():
                return front(cast("Latest[plan.Front]", latest), outside, told)
            case plan.Bridge() as job:
                return bridge(job, outside, told)
            case plan.FindEngine() as job:
                return find_engine(job, outside, told)
            case plan.LeasePorts() | plan.ProvideTool() | plan.LoadValues() | plan.DigestInputs() as job:
                return _provide(job, outside, told)
            case plan.WatchFiles():
                return watch_files(cast("Latest[plan.WatchFiles]", latest), outside, told)
            case plan.Evaluate() as job:
                return evaluate(job, outside, told)
            case _:
                return in_cluster(cast("Latest[ClusterJob]", latest), outside, told)

    return work


def _provide(
    job: plan.LeasePorts | plan.ProvideTool | plan.LoadValues | plan.DigestInputs, outside: Outside, report: Report
) -> Awaitable[None]:
    """Find out what others are made of."""
    match job:
        case plan.LeasePorts():
            return lease_ports(job, outside, report)
        case plan.ProvideTool():
            return provide_tool(job, outside, report)
        case plan.LoadValues():
            return load_values(job, outside, report)
        case plan.DigestInputs():
            return digest_inputs(job, outside, report)
