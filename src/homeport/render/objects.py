"""The objects around a workload: configuration, secrets, claims, Services, identities."""

from base64 import b64encode
from collections.abc import Mapping

from lightkube.models import core_v1 as core
from lightkube.models.meta_v1 import ObjectMeta

from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.nodes import Service
from homeport.render.naming import LEFT_OUT, labels, selector
from homeport.render.site import Site


def metadata(
    graph: Graph, site: Site, name: str, node: str | None, annotations: Mapping[str, str] | None = None
) -> ObjectMeta:
    """Return the metadata of an object in the namespace."""
    return ObjectMeta(
        name=name,
        namespace=site.namespace,
        labels=labels(graph, site, node),
        annotations=dict(annotations) if annotations else None,
    )


def namespace(graph: Graph, site: Site) -> core.Namespace:
    """Return the namespace of an instance."""
    return core.Namespace(metadata=ObjectMeta(name=site.namespace, labels=labels(graph, site)))


def account(graph: Graph, site: Site, node: str) -> core.ServiceAccount:
    """Return the identity of a node's pods: one each, so that rights can be given to one alone."""
    return core.ServiceAccount(metadata=metadata(graph, site, node, node), automountServiceAccountToken=False)


def config_map(graph: Graph, site: Site, name: str, node: str, data: Mapping[str, str]) -> core.ConfigMap:
    """Return open values."""
    return core.ConfigMap(metadata=metadata(graph, site, name, node), data=dict(data))


def secret(graph: Graph, site: Site, name: str, node: str, data: Mapping[str, str | None]) -> core.Secret:
    """Return secret values. What is left out has no key, so that applying it never overwrites what is there."""
    known = {} if site.secrets is None else {key: value for key, value in data.items() if value is not None}
    left = [key for key in data if key not in known]
    annotations = {LEFT_OUT: ", ".join(left)} if left else None
    encoded = {key: b64encode(value.encode("utf-8", "surrogateescape")).decode() for key, value in known.items()}
    return core.Secret(metadata=metadata(graph, site, name, node, annotations), data=encoded or None, type="Opaque")


def claim(graph: Graph, site: Site, name: str, node: str, size: int) -> core.PersistentVolumeClaim:
    """Return the claim of a volume; ``size`` in bytes."""
    return core.PersistentVolumeClaim(metadata=metadata(graph, site, name, node), spec=claim_spec(size))


def claim_spec(size: int) -> core.PersistentVolumeClaimSpec:
    """Return what is asked of a volume: one node at a time reads and writes it."""
    wanted = core.VolumeResourceRequirements(requests={"storage": quantity(size)})
    return core.PersistentVolumeClaimSpec(accessModes=["ReadWriteOnce"], resources=wanted)


def quantity(size: int) -> str:
    """Return bytes as Kubernetes writes them: ``5Gi``."""
    for power, unit in ((4, "Ti"), (3, "Gi"), (2, "Mi"), (1, "Ki")):
        if size >= 1024**power and size % 1024**power == 0:
            return f"{size // 1024**power}{unit}"
    return str(size)


def service(graph: Graph, site: Site, node: Service) -> core.Service:
    """Return what gives a service its name in the cluster. Raises RefusedError for a name that cannot be one there."""
    if not node.name[:1].isalpha():
        raise RefusedError(
            f'"{node.name}" cannot be the name of a Service in Kubernetes', hint="let it begin with a letter"
        )
    spec = core.ServiceSpec(selector=selector(site, node.name), ports=_ports(node))
    return core.Service(metadata=metadata(graph, site, node.name, node.name), spec=spec)


def headless(graph: Graph, site: Site, node: Service, name: str) -> core.Service:
    """Return what gives each pod of a StatefulSet its own name, before it is ready too: it may need its peers for that."""
    spec = core.ServiceSpec(
        clusterIP="None",
        selector=selector(site, node.name),
        ports=_ports(node) or None,
        publishNotReadyAddresses=True,
    )
    return core.Service(metadata=metadata(graph, site, name, node.name), spec=spec)


def _ports(node: Service) -> list[core.ServicePort]:
    found: dict[int, core.ServicePort] = {}
    beside = node.container.sidecars.values() if node.container is not None else ()
    for port in (*node.ports, *(port for each in beside for port in each.ports)):
        found.setdefault(port.number, core.ServicePort(name=port.name, port=port.number, targetPort=port.number))
    return list(found.values())
