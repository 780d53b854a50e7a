"""How pods reach services that are no pods: Services of their names, whose ports are those of one relaying pod."""

from collections.abc import Iterable, Mapping
from typing import Final

from lightkube.models import core_v1 as core
from lightkube.models.apps_v1 import Deployment, DeploymentSpec, DeploymentStrategy
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from msgspec import Struct

from homeport.model.graph import Graph
from homeport.model.helper import FOLDER, PROGRAM
from homeport.render.digests import marked
from homeport.render.naming import COMPONENT, beside, labels, selector
from homeport.render.objects import metadata
from homeport.render.plain import Object, plain
from homeport.render.site import Site

RELAY: Final = "relay"
"""The component that the Services and the pod of a relay are, by their label."""
_NOBODY: Final = 65532
_VOLUME: Final = "homeport-helper"


class Relayed(Struct, frozen=True):
    """A service that is no pod: its ``name``, and per port its name, its number for pods, and the relay's port behind it."""

    name: str
    ports: Mapping[str, tuple[int, int]]


def relay_name(graph: Graph) -> str:
    """Return the name of the relay, which no node of the stack has."""
    return beside("homeport", "-relay", graph.nodes)


def relay(graph: Graph, site: Site, config: str, image: str) -> Object:
    """Return the relay: one pod of the helper and nothing else, over any image.

    ``config`` is the name of the helper's ConfigMap. Its ports are not part of it, so that it stays while services come and go.
    """
    name = relay_name(graph)
    carried = core.ConfigMapVolumeSource(name=config, defaultMode=0o555)
    spec = core.PodSpec(
        containers=[_helper(image)],
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        securityContext=core.PodSecurityContext(runAsUser=_NOBODY, runAsGroup=_NOBODY, runAsNonRoot=True,
                                                seccompProfile=core.SeccompProfile(type="RuntimeDefault")),
        terminationGracePeriodSeconds=1,
        volumes=[core.Volume(name=_VOLUME, configMap=carried)],
    )  # fmt: skip
    template = core.PodTemplateSpec(metadata=ObjectMeta(labels=_labels(graph, site, name)), spec=spec)
    made = DeploymentSpec(
        selector=LabelSelector(matchLabels=selector(site, name)),
        template=template,
        replicas=1,
        # A tunnel ends in one pod: connections to a second one would wait there for nobody.
        strategy=DeploymentStrategy(type="Recreate"),
    )
    return marked(site, plain(Deployment(metadata=_metadata(graph, site, name), spec=made)))


def relayed(graph: Graph, site: Site, services: Iterable[Relayed]) -> tuple[Object, ...]:
    """Return a Service for each that the relay stands for, of the name and with the ports that its own pods would have."""
    return tuple(_service(graph, site, each) for each in services)


def _helper(image: str) -> core.Container:
    capabilities = core.Capabilities(drop=["ALL"])
    confined = core.SecurityContext(
        allowPrivilegeEscalation=False, capabilities=capabilities, readOnlyRootFilesystem=True
    )
    return core.Container(
        name=RELAY,
        image=image,
        command=[PROGRAM, "run"],
        securityContext=confined,
        volumeMounts=[core.VolumeMount(name=_VOLUME, mountPath=FOLDER, readOnly=True)],
    )


def _service(graph: Graph, site: Site, each: Relayed) -> Object:
    ports: dict[int, core.ServicePort] = {}
    for name, (number, behind) in each.ports.items():
        ports.setdefault(number, core.ServicePort(name=name, port=number, targetPort=behind))
    spec = core.ServiceSpec(selector=selector(site, relay_name(graph)), ports=list(ports.values()))
    return marked(site, plain(core.Service(metadata=_metadata(graph, site, each.name), spec=spec)))


def _metadata(graph: Graph, site: Site, name: str) -> ObjectMeta:
    made = metadata(graph, site, name, name)
    made.labels = _labels(graph, site, name)
    return made


def _labels(graph: Graph, site: Site, name: str) -> dict[str, str]:
    return {**labels(graph, site, name), COMPONENT: RELAY}
