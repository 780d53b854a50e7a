"""What differs for services and tasks that run in containers of this machine: their image is part of what they are made of."""

from msgspec.structs import replace

from homeport.model.nodes import Service
from homeport.model.plan import Hold
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.images import delivered
from homeport.plan.identity import Made, digest


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
