"""From a job to everything that starts a container of this machine."""

import posixpath
import re
from dataclasses import dataclass, field
from typing import Final

from homeport.kit.quantities import amount
from homeport.model.containers import Container
from homeport.model.errors import RefusedError
from homeport.model.nodes import Runnable, Service, Task
from homeport.model.parts import Command
from homeport.model.plan import ProbeRun, RunService, RunTask
from homeport.model.values import Ref
from homeport.ports.containers import Belongs, ContainerLaunch
from homeport.work.launching import label_of
from homeport.work.outside import Outside
from homeport.work.resolve import Resolver

SECRETS: Final = "/run/secrets"
"""Where the files of secrets are in a container, as in a pod."""

EVERYWHERE: Final = "0.0.0.0"
"""Where a program listens in a container, which is reached from outside of it."""

_STRANGE: Final = re.compile(r"[^a-zA-Z0-9_.-]+")


@dataclass(frozen=True)
class Inside(Resolver):
    """Resolves references as they are in a container of ``node``; ``files`` gathers the contents that they speak of."""

    node: Runnable
    files: dict[str, str] = field(default_factory=dict)

    def _other(self, ref: Ref, kind: str, name: str) -> str:
        if kind == "value":
            return self.vault.value(ref.node, ref.key)
        if kind == "path":
            path = posixpath.join(SECRETS, _STRANGE.sub("_", ref.node).lstrip("."), name or "value")
            self.files[path] = self.vault.value(ref.node, f"value:{name or 'value'}")
            return path
        raise self._unknown(ref)

    def _own(self, ref: Ref, kind: str, name: str) -> str:
        if kind == "host":
            return EVERYWHERE
        if kind == "port" and isinstance(self.node, Service):
            number = next((port.number for port in self.node.ports if not name or port.name == name), None)
            if number is not None:
                return str(number)
        if kind == "data" and (container := self.node.container) is not None and container.data is not None:
            return container.data
        raise self._unknown(ref)

    def _unknown(self, ref: Ref) -> RefusedError:
        return RefusedError(
            f'"{self.name}" uses {ref.node or "its own"} {ref.key}, which exists on this machine only and not in a container',
            hint="say what differs there: container(run=…, env=…, data=…)",
        )


def container_launch(job: RunService | RunTask, outside: Outside, owner: str) -> ContainerLaunch:
    """Return the launch of a job's container. ``owner``: the id of its instance.

    Raises RefusedError for values that a container cannot have.
    """
    node, container = _node(job), _container(job)
    limits = container.resources
    inside = _inside(job, outside)
    env = _environment(node, container, inside)
    run = container.run or node.run
    args = job.args if isinstance(job, RunTask) else ()
    argv = (*inside.argv(run), *args) if run is not None else None
    for path, value in container.files.items():
        inside.files[path] = inside.text(value)
    belongs = Belongs(
        inside.surroundings.instance, owner, node.name, inside.surroundings.house,
        0 if isinstance(job, RunTask) else job.replica,
    )  # fmt: skip
    return ContainerLaunch(
        label_of(job),
        job.image,
        belongs,
        argv,
        args=args if argv is None else (),
        env=env,
        ports={} if isinstance(job, RunTask) else {port.number: job.own[port.name] for port in job.service.ports},
        volumes=_volumes(node, container, belongs),
        files=inside.files,
        user=container.user,
        memory=round(amount(limits.memory_limit)) if limits.memory_limit else None,
        cpus=amount(limits.cpu_limit) if limits.cpu_limit else None,
        tty=node.tty,
        stop=node.stop.signal,
        grace=node.stop.grace,
    )


def argv_inside(job: ProbeRun, outside: Outside, run: Command) -> tuple[str, ...]:
    """Return the words of a command that is to run in a job's container. Raises RefusedError as ``container_launch`` does."""
    return _inside(job, outside).argv(run)


def volume_name(belongs: Belongs) -> str:
    """Return the name of the volume with a service's data: another one for another instance of the same name."""
    return _STRANGE.sub("-", f"{belongs.instance}-{belongs.service}-{belongs.owner[:8]}").lstrip("-._")


def _node(job: RunService | RunTask | ProbeRun) -> Service | Task:
    return job.task if isinstance(job, RunTask) else job.service


def _container(job: RunService | RunTask | ProbeRun) -> Container:
    container = _node(job).container
    assert container is not None, "only what has an image is a container"
    return container


def _inside(job: RunService | RunTask | ProbeRun, outside: Outside) -> Inside:
    node = _node(job)
    own = {} if isinstance(job, RunTask) else job.own
    return Inside(node.name, job.values, own, outside.vault, outside.memory, outside.surroundings, node)


def _environment(node: Runnable, container: Container, inside: Inside) -> dict[str, str]:
    """Return what the program finds over what its image brings; later wins: ``.env`` files, ports, ``env=``, the container's."""
    env: dict[str, str] = {}
    for name in node.env_files:
        env |= inside.vault.all_of(name)
    if isinstance(node, Service) and node.ports:
        env |= {"HOST": EVERYWHERE, "PORT": str(node.ports[0].number)}
        env |= {port.env: str(port.number) for port in node.ports if port.env}
    return env | {name: inside.text(value) for name, value in {**node.env, **container.env}.items()}


def _volumes(node: Runnable, container: Container, belongs: Belongs) -> dict[str, str]:
    if container.data is None:
        return {}
    lasting = not (isinstance(node, Service) and node.keeps == "run")
    return {container.data: volume_name(belongs) if lasting else ""}
