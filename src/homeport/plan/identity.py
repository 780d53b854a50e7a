"""What a run is made of, as a short text to compare: when it differs, the run must be replaced."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from homeport.model.containers import Container, NamedImage
from homeport.model.facts import Changed, Known, Leased, Provided, Run
from homeport.model.instants import Instant
from homeport.model.nodes import EnvFile, Option, Runnable, Secret, Service, Tool
from homeport.model.parts import Keep, Restart, Where
from homeport.model.places import Place
from homeport.model.plan import Hold
from homeport.model.rollouts import Rollout
from homeport.model.shipped import Deployed
from homeport.model.snapshot import Snapshot
from homeport.model.values import Ref

_NOWHERE = Where("", 0)
_encode = msgspec.json.Encoder(order="deterministic").encode


class Made(Struct, frozen=True):
    """What the references of a node resolve to, secrets excepted, and a digest of the definition with all of it."""

    what: str
    values: Mapping[str, str]
    folders: tuple[str, ...] = ()


def digest(*parts: object) -> str:
    """Return a short digest of JSON-like parts."""
    return blake2b(_encode(parts), digest_size=10).hexdigest()


def made_of(node: Runnable, see: Snapshot) -> Made | Hold:
    """Return what ``node`` is made of now, or a hold that names what is not known yet."""
    place = see.place(node.name)
    values = values_of(see.refs(node.name), place, see)
    if isinstance(values, Hold):
        return values
    hidden: list[str] = []
    for name, key in _hidden_in(node, see):
        known = see.fact(("known", name, 0), Known)
        if known is None or known.error:
            return Hold(f"waiting for {name}", cause=name)
        hidden.append(known.digests.get(key, "") if key else digest(sorted(known.digests.items())))
    folders: list[str] = []
    for name in node.tools if place == "here" else ():
        tool = see.fact(("tool", name, 0), Provided)
        if tool is None or not tool.ready:
            return Hold(f"waiting for {name}", cause=name)
        folders.extend(tool.folders)
    # Not the interpreter: an install task makes `.venv`, and what found it on the PATH already is not to run again.
    what = digest(_essence(node, place), sorted(values.items()), hidden, folders)
    return Made(what, values, tuple(folders))


def values_of(refs: Iterable[Ref], place: Place, see: Snapshot) -> dict[str, str] | Hold:
    """Return what references resolve to in a place, secrets excepted, or a hold that names what is not known yet."""
    values: dict[str, str] = {}
    for ref in refs:
        found = _value(ref, place, see)
        if isinstance(found, Hold):
            return found
        if found is not None:
            values[f"{ref.node}.{ref.key}"] = found
    return values


def _hidden_in(node: Runnable, see: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield which hidden values a node uses, as node and name; ``""`` for all of a node's."""
    for ref in see.refs(node.name):
        if isinstance(see.graph.nodes.get(ref.node), Secret | EnvFile):
            yield ref.node, ref.key.partition(":")[2]
    for name in node.env_files:
        yield name, ""


def _essence(node: Runnable, place: Place) -> Runnable:
    """Leave out what may change without a new run: place in the file, what is shown, watched and retried.

    A process does not depend on what its container would be. Of a container all counts: its image stands for itself.
    """
    container = None if place == "here" or node.container is None else _contained(node.container)
    if isinstance(node, Service):
        return replace(
            node,
            at=_NOWHERE,
            links=(),
            groups=(),
            reload=(),
            restart=Restart(),
            logs=Keep(),
            replicas=1,
            ready=None,
            live=None,
            needs=(),
            starts=True,
            container=container,
            on="",
        )
    return replace(
        node, at=_NOWHERE, groups=(), needs=(), inputs=(), manual=False, timeout=None, container=container, on=""
    )


def _contained(container: Container) -> Container:
    image = container.image if isinstance(container.image, NamedImage) else NamedImage("")
    return replace(container, image=replace(image, update=()), ready=None, live=None, needs=())


HOSTS: Mapping[Place, str] = {"here": "127.0.0.1", "docker": "host.docker.internal"}
"""Under which name this machine is known to processes, and to containers on it."""


def _value(ref: Ref, place: Place, see: Snapshot) -> str | Hold | None:
    """Return what a reference to another node resolves to in a place; None for what only the worker may know.

    Wherever the other one is, this machine has its leased ports, and a cluster a Service of its name: so nobody is started
    anew because somebody else moved.
    """
    node = see.graph.nodes.get(ref.node)
    kind, _, name = ref.key.partition(":")
    match node:
        case Service() if place == "kubernetes":
            return f"{name or kind}={[port.number for port in node.ports if port.name == name]}"
        case Service() if kind == "host":
            return HOSTS[place]
        case Service() if kind == "port":
            leased = see.ports(ref.node)
            if leased is None or name not in leased.shared:
                return Hold(f"waiting for the ports of {ref.node}", cause=ref.node)
            return str(leased.shared[name])
        case Tool() if place != "here":
            return name
        case Tool() if kind in ("program", "folder"):
            tool = see.fact(("tool", ref.node, 0), Provided)
            if tool is None or not tool.programs or (name and name not in tool.programs):
                return Hold(f"waiting for {ref.node}", cause=ref.node)
            return tool.programs[name] if name else posixpath.dirname(next(iter(tool.programs.values())))
        case Option():
            value = see.wishes.options.get(ref.node, node.default)
            return Hold(f"option {ref.node!r} has no value", cause=ref.node) if value is None else value
        case _:
            return None


def service_identity(service: Service, made: Made, own: Mapping[str, int], see: Snapshot) -> str:
    """Return the identity of a replica: definition and values, wished turn, saves, builds, and needs that cascade."""
    turn = see.wishes.turns.get(service.name, 0)
    changed = see.fact(("changed", service.name, 0), Changed)
    builds = ",".join(str(done.count) if (done := see.done(name)) else "0" for name in service.builds)
    cascade = ",".join(runs_of(need.name, see) for need in see.needs(service.name) if need.cascade)
    what = digest(made.what, sorted(own.items()))
    return f"{what}/{turn}/{changed.seq if changed else 0}/{builds}/{cascade}"


TASK = "task "
"""What a task's identity begins with: a name may become a service's while a run of the task goes on, or the reverse."""


def is_of_task(run: Run) -> bool:
    """Whether a run is one of a task."""
    return run.identity.startswith(TASK)


def ignoring_saves(running: str, fresh: str) -> str:
    """Return the identity that a paused node should have: what runs, unless a person asked for another turn."""
    return running if running.split("/")[1] == fresh.split("/")[1] else fresh


def runs_of(name: str, see: Snapshot) -> str:
    """Return which runs of a node are the newest, to notice when it was replaced."""
    known = see.facts.get(name)
    if not known:
        return f"{name}:0"
    if isinstance(see.graph.nodes.get(name), Service) and see.place(name) == "kubernetes":
        rollout, applied = see.fact(("rollout", name, 0), Rollout), see.fact(("deploy", name, 0), Deployed)
        turn = applied.identity.split("/")[1] if applied is not None and "/" in applied.identity else "0"
        return f"{name}:{rollout.uid} {rollout.digest} {turn}" if rollout is not None else f"{name}:0"
    done = see.done(name)
    runs = sorted((replica, fact) for (kind, replica), fact in known.items() if kind == "run")
    numbers = "+".join(str(getattr(run, "number", 0)) for _, run in runs)
    return f"{name}:{done.count}" if done else f"{name}:{numbers or 0}"


def lease_identity(service: Service, replicas: int) -> str:
    """Return what a lease depends on."""
    return digest(service.ports, replicas)


def own_ports(leased: Leased | None, replica: int) -> Mapping[str, int]:
    """Return the ports of one replica."""
    return leased.own[replica] if leased and replica < len(leased.own) else {}


def earliest(*instants: Instant | None) -> Instant | None:
    """Return the first of several instants, None meaning never."""
    return min((instant for instant in instants if instant is not None), default=None)
