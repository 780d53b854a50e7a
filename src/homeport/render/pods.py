"""The pod of a service or task: its container and what surrounds it."""

from math import ceil

from lightkube.models import core_v1 as core
from lightkube.models.meta_v1 import ObjectMeta

from homeport.model.containers import Container, Resources
from homeport.model.nodes import Runnable, Service, Task
from homeport.render.mounts import Files
from homeport.render.naming import fitted
from homeport.render.probes import Probes
from homeport.render.settings import Environment
from homeport.render.values import Speaker, escaped


def command(node: Runnable, speaker: Speaker) -> list[str]:
    """Return the command of a container; none means the image's own."""
    assert node.container is not None
    run = node.container.run or node.run
    argv = speaker.argv(run) if run is not None else []
    return [*argv, *map(escaped, node.args)] if isinstance(node, Task) else argv


def container(
    node: Runnable,
    image: str,
    argv: list[str],
    env: Environment,
    mounted: Files,
    looks: Probes,
    config: str,
    secret: str,
) -> core.Container:
    """Return the container of a node. ``config`` and ``secret`` name the objects with its environment."""
    how = node.container
    assert how is not None
    return core.Container(
        name=fitted(node.name),
        image=image,
        command=argv or None,
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
        volumes.append(core.Volume(name="data", persistentVolumeClaim=source))
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
