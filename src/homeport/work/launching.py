"""From a job to everything that starts a program."""

from homeport.model.nodes import Service
from homeport.model.parts import Command
from homeport.model.plan import ProbeRun, RunService, RunTask
from homeport.ports.runtime import Launch
from homeport.work.environment import environment
from homeport.work.outside import Outside
from homeport.work.resolve import Resolver


def resolver_of(job: RunService | RunTask | ProbeRun, outside: Outside) -> Resolver:
    """Return the resolver of a job's node."""
    name = job.task.name if isinstance(job, RunTask) else job.service.name
    own = {} if isinstance(job, RunTask) else job.own
    return Resolver(name, job.values, own, outside.vault, outside.memory, outside.surroundings)


def launch_of(job: RunService | RunTask | ProbeRun, outside: Outside, run: Command | None = None) -> Launch:
    """Return the launch of a job's program, or of another command in its environment."""
    node = job.task if isinstance(job, RunTask) else job.service
    resolver = resolver_of(job, outside)
    env = environment(node, resolver, outside.vault, outside.surroundings, job.interpreter, job.folders)
    label = label_of(job)
    around = outside.surroundings
    # Instance and house too: after a crash a later house knows by it what the dead one left, and nothing else.
    env["HOMEPORT_RUN"] = f"{around.instance}/{around.house}/{label}/{job.number}"
    program = run or node.run
    assert program is not None, "what is only an image is no job of this machine"
    argv = resolver.argv(program)
    if isinstance(job, RunTask):
        argv += job.args
    return Launch(label, argv, node.cwd, env, node.tty and run is None, stop=node.stop.signal)


def label_of(job: RunService | RunTask | ProbeRun) -> str:
    """Return what people call the place: ``chat`` or, with replicas, ``chat.2`` (counted from 1)."""
    if isinstance(job, RunTask):
        return job.task.name
    replicas = job.replicas
    return f"{job.service.name}.{job.replica + 1}" if replicas > 1 else job.service.name


def data_id(service: Service, outside: Outside, number: int) -> str | None:
    """Return which data a run works on: those of its folder, or those that die with it."""
    match service.keeps:
        case "folder":
            return outside.memory.data_id(service.name)
        case "run":
            return f"{outside.surroundings.house}/{number}"
        case _:
            return None
