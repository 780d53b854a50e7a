"""What the engine's refusals mean, and what to do about them."""

import re
from typing import Final

from homeport.adapters.containers.engine import Refused
from homeport.model.errors import OutsideError
from homeport.ports.containers import ContainerLaunch

_TAKEN: Final = re.compile(r"port is already allocated|address already in use", re.IGNORECASE)
_WHERE: Final = re.compile(r"((?:\d+\.){3}\d+:\d+)")
_NO_COMMAND: Final = re.compile(
    r'exec: "?(?P<what>[^":]+)"?: (?P<why>executable file not found|no such file|permission denied)'
)
_NO_FOLDER: Final = re.compile(r"bind source path does not exist: (?P<path>\S+)|mounts denied|not shared from the host")


def start_failure(launch: ContainerLaunch, refused: Refused) -> OutsideError:
    """Return the error for a container that could not be created or started."""
    said = refused.said
    if _TAKEN.search(said):
        where = _WHERE.findall(said)
        place = where[0] if where else ", ".join(str(host) for host in launch.ports.values())
        return OutsideError(
            f"{launch.label}: its port {place} is taken by somebody else",
            hint=f"end who listens there (`lsof -i :{place.rpartition(':')[2]}` tells), or choose another port",
        )
    if found := _NO_COMMAND.search(said):
        return OutsideError(
            f'{launch.label}: "{found["what"].strip()}" cannot be started in the image "{launch.image}": {found["why"]}',
            hint="check run= of its container, or leave it out: then the image's own command runs",
        )
    if _NO_FOLDER.search(said):
        return OutsideError(
            f"{launch.label}: the engine cannot see a file that is to be mounted: {said}",
            hint="share that folder with the engine's virtual machine (Docker Desktop: Settings, Resources, File sharing)",
        )
    return OutsideError(
        f'{launch.label}: a container of "{launch.image}" could not be started: {said}',
        hint="`docker run` of that image may tell more",
    )


def pull_failure(image: str, said: str) -> OutsideError:
    """Return the error for an image that cannot be had."""
    hint = "check its name"
    if re.search(r"denied|unauthorized|authentication|authorization|credential", said, re.IGNORECASE):
        hint = "check its name, or log in: docker login, with the registry's name for others than Docker Hub"
    elif re.search(r"timeout|no such host|refused|unreachable|dial tcp", said, re.IGNORECASE):
        hint = "check the network and the proxy of the engine, or put the image there: docker load"
    return OutsideError(f'the image "{image}" cannot be pulled: {said}', hint=hint)
