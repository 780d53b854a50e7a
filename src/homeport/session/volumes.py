"""Volumes that an instance has in the container engine of this machine."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from homeport.adapters.containers import DockerContainers
from homeport.adapters.containers.finding import find
from homeport.model.errors import OutsideError

_NOTHING = Path("/nonexistent")
"""Where nothing is mounted from: no container is started here."""


async def remove_volumes(owner: str, environ: Mapping[str, str], say: Callable[[str], None]) -> list[str]:
    """Remove the volumes of an instance after naming them to ``say``; return their names. None where there is no engine.

    An engine that is there and does not answer keeps what it has, which is said. Raises OutsideError for a volume in use.
    """
    if not _is_there(environ):
        return []
    async with DockerContainers(environ, _NOTHING) as containers:
        try:
            found = [volume.name for volume in await containers.volumes(owner)]
        except OutsideError as error:
            say(f"volumes in docker stay, if there are any: {error.what}")
            return []
        for name in found:
            say(f"removing the volume {name}")
            await containers.remove_volume(name)
    return found


def _is_there(environ: Mapping[str, str]) -> bool:
    """Whether this machine has an engine that could have run containers of ours."""
    try:
        address = find(environ)
    except OutsideError:
        return False
    return address.socket is None or os.path.exists(address.socket)
