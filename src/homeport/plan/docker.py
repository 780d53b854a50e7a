"""What differs for services and tasks that run in containers of this machine: their image, and the way to who is no container."""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from homeport.model.facts import Engine, Fronting, Key, Provided
from homeport.model.instants import SECOND, Instant
from homeport.model.nodes import Runnable, Service
from homeport.model.plan import Bridge, FindEngine, Hold
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.delivered import delivered
from homeport.plan.decision import Decision, advised
from homeport.plan.identity import Made, digest

ENGINE: Final[Key] = ("engine", "", 0)
ENGINE_NAME: Final = "docker engine"
"""The decision about the engine; no node has such a name."""
RETRY: Final[Instant] = 3 * SECOND
"""An engine that does not answer is asked again after so long."""


def as_container(service: Service) -> Service:
    """Return the service with the probes that it has in a container."""
    container = service.container
    if container is None:
        return service
    return replace(service, ready=container.ready or service.ready, live=container.live or service.live)


def with_image(made: Made | Hold, name: str, see: Snapshot) -> tuple[Made | Hold, str]:
    """Return what a node is made of where it runs, and its image (``""`` for a process)."""
    if see.place(name) != "docker":
        return made, ""
    image = delivered(name, "docker", see)
    if isinstance(made, Hold):
        return made, ""
    if isinstance(image, Hold):
        return image, ""
    return replace(made, what=digest(made.what, image)), image


def decide_engine(see: Snapshot, names: frozenset[str], now: Instant) -> Decision | None:
    """Decide about the engine: it is looked for while somebody wants a container, and again while there is none."""
    if not any(see.place(name) == "docker" for name in see.graph.contained if name in names):
        return None
    known = see.fact(ENGINE, Engine)
    if known is None:
        return Decision("starting", (FindEngine(ENGINE, "0"),))
    if not known.error:
        return Decision("ready")
    again = known.at + RETRY
    jobs = (FindEngine(ENGINE, str(known.at)),) if now >= again else ()
    reason = advised(known.error, known.hint)
    return Decision("failed", jobs, Hold(reason), None if jobs else again, detail=known.error)


def without_engine(node: Runnable, see: Snapshot) -> Hold | None:
    """Return why no container can run here. Of what has a program too, it is said how that is had."""
    if see.place(node.name) != "docker":
        return None
    known = see.fact(ENGINE, Engine)
    if known is None:
        return Hold("looking for a container engine")
    if not known.error:
        return None
    tools = [
        tool for name in node.tools if (tool := see.fact(("tool", name, 0), Provided)) is not None and tool.missing
    ]
    if not tools:
        return Hold(f"no container can run: {known.error}", cause=ENGINE_NAME)
    missing = advised(tools[0].missing, tools[0].hint) if tools[0].missing else ""
    return Hold(f"{missing}; and it cannot be a container: {known.error}", cause=node.tools[0])


def bridges(see: Snapshot, names: frozenset[str]) -> tuple[Bridge, ...]:
    """Return the jobs that let containers reach services that are none: an engine publishes only its own."""
    users = [name for name in see.graph.contained if name in names and see.place(name) == "docker"]
    used = dict.fromkeys(other for user in users for other in _used(user, see))
    return tuple(_bridge(name, ports) for name in used if (ports := _ports(name, see)))


def kept_bridge(name: str, see: Snapshot) -> tuple[Bridge, ...]:
    """Return the way of containers to a service that others still lean on, as it is."""
    known, job = see.fact(("bridge", name, 0), Fronting), _bridge(name, _ports(name, see))
    return (job,) if known is not None and known.identity == job.identity else ()


def unbridged(name: str, see: Snapshot) -> Hold | None:
    """Return why a container would not reach everybody whom it uses yet."""
    if see.place(name) != "docker":
        return None
    for other in _used(name, see):
        ports = _ports(other, see)
        known = see.fact(("bridge", other, 0), Fronting)
        if not ports:
            return Hold(f"waiting for the ports of {other}", cause=other)
        if known is None or known.identity != _bridge(other, ports).identity:
            return Hold(f"the way to {other} is not open to containers yet")
        if known.error:
            return Hold(known.error)
    return None


def _used(name: str, see: Snapshot) -> Iterator[str]:
    refs = (ref.node for ref in see.graph.contained[name] if ref.key.partition(":")[0] in ("host", "port"))
    for other in dict.fromkeys(refs):
        if isinstance(see.graph.nodes.get(other), Service) and other != name and see.place(other) != "docker":
            yield other


def _ports(name: str, see: Snapshot) -> Mapping[str, int]:
    leased = see.ports(name)
    return leased.shared if leased is not None and not leased.error else {}


def _bridge(name: str, ports: Mapping[str, int]) -> Bridge:
    return Bridge(("bridge", name, 0), digest(sorted(ports.items())), name, ports)
