"""The pod of a service or task: its container and what surrounds it."""

from math import ceil

from lightkube.models import core_v1 as core
from lightkube.models.meta_v1 import ObjectMeta
from msgspec import Struct

from homeport.model.containers import Container, Resources
from homeport.model.nodes import Runnable, Service, Task
from homeport.render.mounts import DATA, Files, has_scratch
from homeport.render.naming import fitted
from homeport.render.probes import Probes
from homeport.render.settings import Environment
from homeport.render.values import Speaker, escaped


class Program(Struct, frozen=True):
    """What a container runs: no ``command`` means that of its image, which gets the ``args`` instead of its own."""

    command: list[str]
    args: list[str]


def program(node: Runnable, speaker: Speaker) -> Program:
    """Return what the container of a node runs."""
    assert node.container is not None
    run = node.container.run or node.run
    args = list(map(escaped, node.args)) if isinstance(node, Task) else []
    return Program([], args) if run is None else Program([*speaker.argv(run), *args], [])


def container(
    node: Runnable,
    image: str,
    runs: Program,
    env: Environment,
    mounted: Files,
    looks: Probes,
    config: str,
    secret: str,
    pull: str | None,
) -> core.Container:
    """Return the container of a node. ``config`` and ``secret`` name the objects with its environment.

    ``pull`` says when its image is pulled; None: as Kubernetes does by itself.
    """
    how = node.container
    assert how is not None
    return core.Container(
        name=fitted(node.name),
        image=image,
        imagePullPolicy=pull,
        command=runs.command or None,
        args=runs.args or None,
        env=env.variables(secret) or None,
        envFrom=env.sources(config) or None,
        ports=_ports(node) or None,
        resources=_resources(how.resources),
        startupProbe=looks.startup,
        readinessProbe=looks.readiness,
        livenessProbe=looks.liveness,
        lifecycle=core.Lifecycle(stopSignal=node.stop.signal) if _unusual_end(node) else None,
        securityContext=_confined(how),
        volumeMounts=mounted.mounts or None,
        tty=node.tty or None,
    )


def pod(
    node: Runnable,
    inner: core.Container,
    mounted: Files,
    metadata: ObjectMeta,
    claim: str | None,
    *,
    ends: bool,
) -> core.PodTemplateSpec:
    """Return the pod around a container. ``claim`` names the volume of a task; ``ends``: it is to run to completion."""
    assert node.container is not None
    user = node.container.user
    volumes = list(mounted.volumes)
    if claim is not None:
        source = core.PersistentVolumeClaimVolumeSource(claimName=claim)
        volumes.append(core.Volume(name=DATA, persistentVolumeClaim=source))
    elif has_scratch(node):
        volumes.append(core.Volume(name=DATA, emptyDir=core.EmptyDirVolumeSource()))
    spec = core.PodSpec(
        containers=[inner],
        serviceAccountName=node.name,
        automountServiceAccountToken=False,
        # Variables such as REDIS_PORT=tcp://… for every Service would be taken for settings by many programs.
        enableServiceLinks=False,
        restartPolicy="Never" if ends else None,
        os=core.PodOS(name="linux") if _unusual_end(node) else None,
        securityContext=core.PodSecurityContext(fsGroup=user) if user else None,
        terminationGracePeriodSeconds=ceil(node.stop.grace),
        volumes=volumes or None,
    )
    return core.PodTemplateSpec(metadata=metadata, spec=spec)


def notices(node: Runnable, looks: Probes) -> list[str]:
    """Return what of a node Kubernetes does otherwise, in sentences."""
    found = list(looks.notices)
    if isinstance(node, Service) and node.restart.policy != "always":
        found.append(f'restart= says "{node.restart.policy}": Kubernetes starts it again however it ended')
    if _unusual_end(node):
        said = f"{node.stop.signal} needs the feature ContainerStopSignals; without it the image's STOPSIGNAL is sent"
        found.append(said)
    return found


def _unusual_end(node: Runnable) -> bool:
    return node.stop.signal != "SIGTERM"


def _ports(node: Runnable) -> list[core.ContainerPort]:
    if not isinstance(node, Service):
        return []
    numbers = {port.number: port for port in reversed(node.ports)}
    return [core.ContainerPort(containerPort=number, name=_port_name(numbers[number].name))
            for number in dict.fromkeys(port.number for port in node.ports)]  # fmt: skip


def _port_name(name: str) -> str | None:
    fits = len(name) <= 15 and "--" not in name and any(letter.isalpha() for letter in name)
    return name if fits else None


def _resources(wanted: Resources) -> core.ResourceRequirements | None:
    requests = {name: value for name, value in (("cpu", wanted.cpu), ("memory", wanted.memory)) if value}
    limits = {name: value for name, value in (("cpu", wanted.cpu_limit), ("memory", wanted.memory_limit)) if value}
    if not requests and not limits:
        return None
    return core.ResourceRequirements(requests=requests or None, limits=limits or None)


def _confined(how: Container) -> core.SecurityContext:
    return core.SecurityContext(
        allowPrivilegeEscalation=False,
        runAsUser=how.user,
        runAsGroup=how.user,
        runAsNonRoot=True if how.user else None,
        seccompProfile=core.SeccompProfile(type="RuntimeDefault"),
    )
