"""What can be said and done about an instance whether its house runs or not: from its files."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from homeport.cli.call import Call, out
from homeport.cli.place import NotRunningError, client, stack_file
from homeport.cli.registry import names_of, state_folder
from homeport.logs.reader import LogReader
from homeport.machine.after.removing import insist
from homeport.machine.instances.folders import folders_of
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.registry import Instances
from homeport.machine.memory.disk import memory_of
from homeport.model.errors import RefusedError
from homeport.model.lines import container_of, is_meant, service_of


def instance_of(call: Call) -> Instance:
    """Return the instance that the call means. Raises RefusedError when it never ran on this machine."""
    file = stack_file(call) if call.file is not None or call.instance is None else None
    names = names_of(state_folder(call.environ), file, call.instance)
    known = Instances(folders_of(call.environ))
    found = [instance for name in names if (instance := known.named(name)) is not None]
    if not found:
        what = f'there is no instance "{call.instance}"' if call.instance else "this stack never ran on this machine"
        raise RefusedError(what, hint="`homeport ps` lists all instances, `homeport up` starts this stack")
    return next((instance for instance in found if instance.running() is not None), found[0])


def log_names(call: Call, reader: LogReader, patterns: Sequence[str]) -> list[str] | None:
    """Return the logs that are meant (None: all); the name of a service means those of its replicas too.

    Groups are known to a running house only. Raises RefusedError for a pattern that means nothing.
    """
    if not patterns:
        return None
    written = reader.services()
    try:
        return [node.name for node in client(call, timeout=5.0).status(patterns).nodes]
    except (NotRunningError, OSError):
        pass  # the files know the names of all that ever wrote
    except RefusedError:
        called = {each for log in written for each in _called(log)}
        if not all(any(fnmatchcase(each, pattern) for each in called) for pattern in patterns):
            raise
    found: dict[str, None] = {}
    for pattern in patterns:
        fits = [log for log in written if any(fnmatchcase(each, pattern) for each in _called(log))]
        if not fits:
            from homeport.kit.suggest import did_you_mean

            raise RefusedError(
                f'nothing called "{pattern}" ever wrote a line', hint=did_you_mean(pattern, written) or None
            )
        found.update((_chosen(log, pattern), None) for log in fits)
    return list(found)


def _called(log: str) -> tuple[str, ...]:
    """Return the names by which a log is found."""
    return log, service_of(log), log.partition("/")[0], f"{service_of(log)}/{container_of(log)}"


def _chosen(log: str, pattern: str) -> str:
    """Return a name for what a pattern means of a log; unless it means one pod, that is so of pods that are still to come."""
    service, replica, container = service_of(log), log.partition("/")[0], container_of(log)
    if "/" in pattern:
        return f"{service if fnmatchcase(f'{service}/{container}', pattern) else replica}/{container}"
    return service if fnmatchcase(service, pattern) else log


def of_container(reader: LogReader, names: Sequence[str] | None, container: str) -> list[str]:
    """Return the logs of one container in the pods of services (None: of all). Raises RefusedError when it wrote none."""
    written = [log for log in reader.services() if names is None or is_meant(log, names)]
    found = [log for log in written if container_of(log) == container]
    if not found:
        listed = ", ".join(dict.fromkeys(map(container_of, written)))
        hint = f"those that did: {listed}" if listed else "`homeport status` says how it goes"
        raise RefusedError(f'no container "{container}" ever wrote a line', hint=hint)
    return list(dict.fromkeys(_lasting(log, names) for log in found))


def _lasting(log: str, names: Sequence[str] | None) -> str:
    """Return a name for the container of a log, in pods that are still to come too unless the names mean single pods."""
    service, container = service_of(log), container_of(log)
    is_of_all = names is None or not {service, f"{service}/{container}"}.isdisjoint(names)
    return f"{service if is_of_all else log.partition('/')[0]}/{container}"


def remove_data(call: Call, *, quiet: bool) -> list[str]:
    """Remove the data of all services of an instance that does not run, after naming folders and volumes; return them.

    Raises RefusedError when it runs, OutsideError when some of it could not be removed.
    """
    instance = instance_of(call)
    if instance.running() is not None:
        raise RefusedError(f'"{instance.name}" runs', hint="end it first: `homeport down`")
    memory = memory_of(instance)
    folders = [str(path) for path in memory.data_folders().values()]
    if not quiet:
        out(call).lines([f"removing {path}" for path in folders] or [f'"{instance.name}" keeps no data'])
    insist(memory.remove_data(), "homeport down --data")
    return folders + remove_volumes(call, instance, (lambda _: None) if quiet else lambda text: out(call).lines([text]))


def remove_volumes(call: Call, instance: Instance, say: Callable[[str], None]) -> list[str]:
    """Remove the volumes that an instance has in the container engine of this machine, after naming them; return them."""
    import asyncio

    from homeport.machine.clusters.record import Records
    from homeport.session import volumes

    return asyncio.run(volumes.remove_volumes(Records(instance.folder).owner(), call.environ, say))
