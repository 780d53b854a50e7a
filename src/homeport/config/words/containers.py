"""Words for what differs when a service or task is a container."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from homeport.config.words import expect
from homeport.config.words.mistakes import note, spell, wrong_type
from homeport.config.words.needs import Needed, emit_needs
from homeport.config.words.patches import emit_patch
from homeport.config.words.probes import Probe, emit_probe
from homeport.config.words.updates import inside
from homeport.config.words.values import Plain, bind_own_port, emit, emit_command, emit_texts, uses_own_data

Amount = str | int | float
"""How much of a processor or of memory: ``"250m"``, ``0.5``, ``"512Mi"``, or plain bytes."""
Amounts = Amount | tuple[Amount, Amount]
"""How much is asked for; or that, and how much may be used at most."""

DATA: Final = "/data"
"""Where a container finds the data folder of its service unless ``container(data=…)`` says otherwise."""
_CPU: Final = re.compile(r"\d+m|\d+(\.\d+)?")
_MEMORY: Final = re.compile(r"\d+(Ki|Mi|Gi|Ti|k|M|G|T)?")


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
        found["storage"] = expect.size(storage, "storage")
    if files is not None:
        found["files"] = _files(files)
    if patch is not None:
        found["patch"] = emit_patch(patch)
    asked = {**_amounts(cpu, "cpu"), **_amounts(memory, "memory")}
    return {**found, "resources": asked} if asked else found


def settle(container: dict[str, Any], first: str | None, keeps: str | None, values: Sequence[Any]) -> None:
    """Finish a container's data with what is known of its service: its first port, and whether it has data.

    ``values`` are the service's own, which the container has too.
    """
    own = [container.get(name) for name in ("run", "env", "ready", "live", "files")]
    bind_own_port(own, first, "container")
    if "data" not in container and (keeps == "folder" or uses_own_data([*own, *values])):
        container["data"] = DATA
    if "storage" in container and "data" not in container:
        note("storage= says how much room the data have, and nothing says where they are", argument="storage",
             hint='say it: container=container(data="/var/lib/…"), or use this.data')  # fmt: skip


def _files(given: object) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        wrong_type("files", "a dictionary of paths in the container and contents", given)
        return {}
    found = {}
    for path, content in given.items():
        if isinstance(content, str):
            found[inside(path, "files")] = emit(content, "files", str(path))
        else:
            note(f'files= ("{path}") takes the content as text or a secret, not {spell(content)}', argument="files",
                 literal=path, hint="read it: Path(…).read_text()" if hasattr(content, "read_text") else None)  # fmt: skip
    return found


def _amounts(given: object, argument: str) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, tuple):
        return {argument: _amount(given, argument)}
    if len(given) != 2:
        note(f"{argument}= takes how much is asked for, or that and the most that may be used", argument=argument,
             hint=f'{argument}=("…", "…")')  # fmt: skip
        return {}
    return {argument: _amount(given[0], argument), f"{argument}_limit": _amount(given[1], argument)}


def _amount(given: object, argument: str) -> str:
    text = str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given
    if argument == "memory":
        return text if isinstance(text, str) and _MEMORY.fullmatch(text) else str(expect.size(given, argument))
    if not isinstance(text, str) or not _CPU.fullmatch(text):
        wrong_type(argument, 'processors or thousandths of one: 0.5, 2 or "250m"', given)
        return "0"
    return text
