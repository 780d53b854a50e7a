"""Which worker carries out which job in a cluster."""

from collections.abc import Awaitable
from typing import cast

from homeport.aio.latest import Latest
from homeport.model import cluster_jobs as jobs
from homeport.ports.report import Report
from homeport.work.cluster.aiming import aim
from homeport.work.cluster.clearing import clear
from homeport.work.cluster.deploying import deploy, deploy_common
from homeport.work.cluster.explaining import explain
from homeport.work.cluster.following import follow_pod
from homeport.work.cluster.forwarding import forward
from homeport.work.cluster.holding import hold_cluster
from homeport.work.cluster.imaging import make_image
from homeport.work.cluster.live import live
from homeport.work.cluster.manifests import deploy_manifests
from homeport.work.cluster.relaying import relay
from homeport.work.cluster.tasks import run_pod_task
from homeport.work.cluster.unblocking import unblock
from homeport.work.outside import Outside


def in_cluster(latest: Latest[jobs.ClusterJob], outside: Outside, report: Report) -> Awaitable[None]:
    """Carry out a job."""
    match latest.value:
        case jobs.WatchCluster():
            return hold_cluster(cast("Latest[jobs.WatchCluster]", latest), outside, report)
        case jobs.MakeImage() as job:
            return make_image(job, outside, report)
        case jobs.Aim() as job:
            return aim(job, outside, report)
        case jobs.Forward():
            return forward(cast("Latest[jobs.Forward]", latest), outside, report)
        case jobs.FollowPod() as job:
            return follow_pod(job, outside, report)
        case jobs.Explain() as job:
            return explain(job, outside, report)
        case jobs.Unblock() as job:
            return unblock(job, outside, report)
        case jobs.Live():
            return live(cast("Latest[jobs.Live]", latest), outside, report)
        case jobs.Relay():
            return relay(cast("Latest[jobs.Relay]", latest), outside, report)
        case (jobs.DeployCommon() | jobs.Deploy() | jobs.DeployManifests() | jobs.RunPodTask() | jobs.Clear()) as job:
            return _change(job, outside, report)


def _change(
    job: jobs.DeployCommon | jobs.Deploy | jobs.DeployManifests | jobs.RunPodTask | jobs.Clear,
    outside: Outside,
    report: Report,
) -> Awaitable[None]:
    """Change which objects there are."""
    match job:
        case jobs.DeployCommon():
            return deploy_common(job, outside, report)
        case jobs.Deploy():
            return deploy(job, outside, report)
        case jobs.DeployManifests():
            return deploy_manifests(job, outside, report)
        case jobs.RunPodTask():
            return run_pod_task(job, outside, report)
        case jobs.Clear():
            return clear(job, outside, report)
