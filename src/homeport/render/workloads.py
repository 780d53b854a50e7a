"""What runs pods: a Deployment, a StatefulSet for who keeps data, a Job for who runs to completion."""

from math import ceil

from lightkube.models.apps_v1 import Deployment, DeploymentSpec, DeploymentStrategy, StatefulSet, StatefulSetSpec
from lightkube.models.batch_v1 import Job, JobSpec
from lightkube.models.core_v1 import PersistentVolumeClaim, PodTemplateSpec
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta

from homeport.model.nodes import Service, Task
from homeport.render.mounts import DATA, has_claim, has_scratch
from homeport.render.naming import owned, selector
from homeport.render.objects import claim_spec
from homeport.render.site import Site


def workload(
    site: Site, node: Service, template: PodTemplateSpec, metadata: ObjectMeta, peers: str
) -> Deployment | StatefulSet:
    """Return what keeps the pods of a service; ``peers`` names the headless Service of a StatefulSet."""
    assert node.container is not None
    replicas = site.replicas.get(node.name, node.replicas if node.starts else 0)
    chosen = LabelSelector(matchLabels=selector(site, node.name))
    if not has_claim(node):
        # Two stores at once would each get some of the writes.
        strategy = DeploymentStrategy(type="Recreate") if has_scratch(node) else None
        spec = DeploymentSpec(selector=chosen, template=template, replicas=replicas, strategy=strategy)
        return Deployment(metadata=metadata, spec=spec)
    kept = PersistentVolumeClaim(
        metadata=ObjectMeta(name=DATA, labels=selector(site, node.name) | owned(site)),
        spec=claim_spec(node.container.storage),
    )
    ordinal = StatefulSetSpec(
        selector=chosen, template=template, replicas=replicas, serviceName=peers, volumeClaimTemplates=[kept]
    )
    return StatefulSet(metadata=metadata, spec=ordinal)


def job(task: Task, template: PodTemplateSpec, metadata: ObjectMeta) -> Job:
    """Return what runs a task until it succeeds, with the number of tries and pauses that Kubernetes has by itself."""
    limit = ceil(task.timeout) if task.timeout is not None else None
    return Job(metadata=metadata, spec=JobSpec(template=template, activeDeadlineSeconds=limit))
