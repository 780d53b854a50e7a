"""The pod of a service or task: its container and what surrounds it."""

from math import ceil

from lightkube.models import core_v1 as core
from lightkube.models.meta_v1 import ObjectMeta
from msgspec import Struct

from homeport.model.containers import Companion, Resources
from homeport.model.nodes import Runnable, Service, Task
from homeport.model.parts import Port
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
        ports=_ports(node.ports if isinstance(node, Service) else ()) or None,
        resources=_resources(how.resources),
        startupProbe=looks.startup,
        readinessProbe=looks.readiness,
        livenessProbe=looks.liveness,
        lifecycle=core.Lifecycle(stopSignal=node.stop.signal) if _unusual_end(node) else None,
        securityContext=_confined(how.user),
        volumeMounts=mounted.mounts or None,
        tty=node.tty or None,
    )


def companion(
    name: str,
    how: Companion,
    own: core.Container,
    runs: list[str],
    env: list[core.EnvVar],
    mounts: list[core.VolumeMount],
    looks: Probes,
    *,
    stays: bool,
) -> core.Container:
    """Return another container of a pod. Without an image it has that of the ``own`` one, and its environment.

    ``stays``: it is an init container that runs on beside the others.
    """
    same = how.image is None
    return core.Container(
        name=name,
        image=how.image or own.image,
        imagePullPolicy=own.imagePullPolicy if same else None,
        command=runs or None,
        env=[*(own.env or [] if same else []), *env] or None,
        envFrom=own.envFrom if same else None,
        ports=_ports(how.ports) or None,
        resources=_resources(how.resources),
        startupProbe=looks.startup,
        readinessProbe=looks.readiness,
        livenessProbe=looks.liveness,
        securityContext=_confined(how.user),
        volumeMounts=mounts or None,
        restartPolicy="Always" if stays else None,
    )


class Surroundings(Struct, frozen=True):
    """The other containers of a pod: those ``before`` its own in their order, and those ``beside`` it."""

    before: list[core.Container]
    beside: list[core.Container]


def pod(
    node: Runnable,
    inner: core.Container,
    others: Surroundings,
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
        containers=[inner, *others.beside],
        initContainers=others.before or None,
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


def _ports(ports: tuple[Port, ...]) -> list[core.ContainerPort]:
    numbers = {port.number: port for port in reversed(ports)}
    return [core.ContainerPort(containerPort=number, name=_port_name(numbers[number].name))
            for number in dict.fromkeys(port.number for port in ports)]  # fmt: skip


def _port_name(name: str) -> str | None:
    fits = len(name) <= 15 and "--" not in name and any(letter.isalpha() for letter in name)
    return name if fits else None


def _resources(wanted: Resources) -> core.ResourceRequirements | None:
    requests = {name: value for name, value in (("cpu", wanted.cpu), ("memory", wanted.memory)) if value}
    limits = {name: value for name, value in (("cpu", wanted.cpu_limit), ("memory", wanted.memory_limit)) if value}
    if not requests and not limits:
        return None
    return core.ResourceRequirements(requests=requests or None, limits=limits or None)


def _confined(user: int | None) -> core.SecurityContext:
    return core.SecurityContext(
        allowPrivilegeEscalation=False,
        runAsUser=user,
        runAsGroup=user,
        runAsNonRoot=True if user else None,
        seccompProfile=core.SeccompProfile(type="RuntimeDefault"),
    )
