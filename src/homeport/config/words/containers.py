"""Words for what differs when a service or task is a container."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from homeport.config.words import expect
from homeport.config.words.amounts import emit_amounts
from homeport.config.words.companions import (
    InitContainer,
    Sidecar,
    emit_companions,
    emit_contents,
    emit_mounts,
)
from homeport.config.words.mistakes import note, wrong_type
from homeport.config.words.needs import Needed, emit_needs
from homeport.config.words.patches import emit_patch
from homeport.config.words.probes import Probe, emit_probe
from homeport.config.words.updates import inside
from homeport.config.words.values import Plain, bind_own_port, emit_command, emit_texts, uses_own_data

DATA: Final = "/data"
"""Where a container finds the data folder of its service unless ``container(data=…)`` says otherwise."""


class Container:
    """What differs when a service or task is a container, made by ``container()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data


def container(
    *,
    run: str | Sequence[Plain] | None = None,
    env: Mapping[str, Plain] | None = None,
    ready: Probe | None = None,
    live: Probe | None = None,
    data: str | None = None,
    user: int | None = None,
    needs: Sequence[Needed] = (),
    sidecars: Mapping[str, Sidecar] | None = None,
    init: Mapping[str, InitContainer] | None = None,
    mounts: Mapping[str, str] | None = None,
) -> Container:
    """Describes what differs when a service or task is a container. All else is as it is for the program of this machine.

    Args:
        run: Another command. Without one here or there, the image's own runs.
        env: Environment variables, besides the service's own and before them.
        ready: Another way to show that it is ready.
        live: Another way to show that it still works.
        data: Where it finds its data, which is ``this.data`` there: a whole path, kept while the service is.
        user: The number of the user and group that it runs as; the image's own when left out.
        needs: What it waits for besides. Tasks that can only run on this machine prepare this machine: a container waits for
            them only when they stand here.
        sidecars: Containers that run beside it in its pods, by name: ``sidecar(…)``.
        init: Containers that run to completion before it, one after the other, by name: ``init_container(…)``.
        mounts: Where it finds volumes that it shares with those, by any name: ``{"logs": "/var/log/api"}``.
    """
    found: dict[str, Any] = {"ready": emit_probe(ready, "ready"), "live": emit_probe(live, "live")}
    if run is not None:
        found["run"] = emit_command(run)
    if env is not None:
        found["env"] = emit_texts(env, "env")
    if data is not None:
        found["data"] = inside(data, "data")
    if user is not None:
        found["user"] = expect.whole(user, "user", 0, 2**31 - 1)
    if needs:
        found["needs"] = emit_needs(needs)
    if sidecars is not None:
        found["sidecars"] = emit_companions(sidecars, "sidecars", Sidecar, "sidecar")
    if init is not None:
        found["init"] = emit_companions(init, "init", InitContainer, "init_container")
    if mounts is not None:
        found["mounts"] = emit_mounts(mounts)
    return Container(found)


def emit_container(
    image: dict[str, Any] | None,
    differs: object,
    *,
    files: object = None,
    patch: object = None,
    memory: object = None,
    cpu: object = None,
    storage: object = None,
) -> dict[str, Any] | None:
    """Return the data of everything that is said of a container; None without an image, where nothing may be said."""
    said = {"container": differs, "files": files, "patch": patch, "memory": memory, "cpu": cpu, "storage": storage}
    if image is None:
        for argument in (name for name, given in said.items() if given is not None):
            note(f"{argument}= speaks of a container, and there is no image= to make it from", argument=argument,
                 hint='say what the container is made from: image=dockerfile("Dockerfile")')  # fmt: skip
        return None
    found: dict[str, Any] = {"image": deepcopy(image)}
    if isinstance(differs, Container):
        found |= deepcopy(differs._data)
    elif differs is not None:
        wrong_type("container", "container(…)", differs)
    if storage is not None:
        found["storage"] = expect.size(storage, "storage", positive=True)
    if files is not None:
        found["files"] = emit_contents(files)
    if patch is not None:
        found |= emit_patch(patch)
    asked = emit_amounts(memory=memory, cpu=cpu)
    return {**found, "resources": asked} if asked else found


def settle(container: dict[str, Any], first: str | None, keeps: str | None, values: Sequence[Any]) -> None:
    """Finish a container's data with what is known of its service: its first port, and whether it has data.

    ``values`` are the service's own, which the container has too.
    """
    own = [container.get(name) for name in ("run", "env", "ready", "live", "files", "sidecars", "init")]
    bind_own_port(own, first, "container")
    if "data" not in container and (keeps == "folder" or uses_own_data([*own, *values])):
        container["data"] = DATA
    if "storage" in container and "data" not in container:
        note("storage= says how much room the data have, and nothing says where they are", argument="storage",
             hint='say it: container=container(data="/var/lib/…"), or use this.data')  # fmt: skip
