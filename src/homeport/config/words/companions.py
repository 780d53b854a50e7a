"""Words for the other containers of a pod: those beside the service's own, and those before it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from homeport.config.words import expect
from homeport.config.words.amounts import Amounts, emit_amounts
from homeport.config.words.images import emit_image_name
from homeport.config.words.mistakes import note, spell, wrong_type
from homeport.config.words.ports import MAIN, Port, emit_ports
from homeport.config.words.probes import Probe, emit_probe
from homeport.config.words.updates import inside
from homeport.config.words.values import Plain, bind_own_port, emit, emit_command, emit_texts

_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?")


class Companion:
    """Another container of a pod, made by ``sidecar()`` or ``init_container()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data


class Sidecar(Companion):
    """A container that runs beside that of the service, made by ``sidecar()``."""

    __slots__ = ()


class InitContainer(Companion):
    """A container that runs to completion before that of the service starts, made by ``init_container()``."""

    __slots__ = ()


def sidecar(
    image: str | None = None,
    *,
    run: str | Sequence[Plain] | None = None,
    env: Mapping[str, Plain] | None = None,
    files: Mapping[str, str] | None = None,
    port: int | Port | None = None,
    ports: Mapping[str, int | Port] | None = None,
    ready: Probe | None = None,
    live: Probe | None = None,
    memory: Amounts | None = None,
    cpu: Amounts | None = None,
    user: int | None = None,
    mounts: Mapping[str, str] | None = None,
    first: bool = False,
) -> Sidecar:
    """A container that runs in a service's pods, beside its own: ``container(sidecars={"proxy": …})``.

    Args:
        image: The name of its image; that of the service when left out, and then it has the service's environment, too.
        run: Its command; the image's own when left out.
        env: Its environment variables.
        files: Its files by their path there: texts, and secrets.
        port: The port that it listens on.
        ports: Several ports by name; they are reached under the service's name, so no two in a pod have the same.
        ready: How it shows that it is ready; that its port accepts a connection, when left out. The pod is ready when all are.
        live: How it shows that it still works.
        memory: What it asks for, such as ``"64Mi"``; a pair says the most that it may use, too.
        cpu: Processors that it asks for, such as ``"50m"``; a pair says the most, too.
        user: The number of the user and group that it runs as; the image's own when left out.
        mounts: Where it finds volumes that the containers of the pod share, by any name: ``{"logs": "/var/log/api"}``. ``data``
            is the volume with the service's data.
        first: Whether it is ready before the service starts and ends after it. Needs Kubernetes 1.29. Beside a task it always
            is so, since the task ends by itself.
    """
    data = _common(image, run, env, files, memory, cpu, user, mounts)
    data |= {"ports": emit_ports(port, ports, None), "first": expect.flag(first, "first")}
    data |= {"ready": emit_probe(ready, "ready"), "live": emit_probe(live, "live")}
    return Sidecar(data)


def init_container(
    image: str | None = None,
    *,
    run: str | Sequence[Plain] | None = None,
    env: Mapping[str, Plain] | None = None,
    files: Mapping[str, str] | None = None,
    memory: Amounts | None = None,
    cpu: Amounts | None = None,
    user: int | None = None,
    mounts: Mapping[str, str] | None = None,
) -> InitContainer:
    """A container that runs to completion in a service's pods before its own starts: ``container(init={"assets": …})``.

    Args:
        image: The name of its image; that of the service when left out, and then it has the service's environment, too.
        run: Its command; the image's own when left out.
        env: Its environment variables.
        files: Its files by their path there: texts, and secrets.
        memory: What it asks for, such as ``"64Mi"``; a pair says the most that it may use, too.
        cpu: Processors that it asks for, such as ``"50m"``; a pair says the most, too.
        user: The number of the user and group that it runs as; the image's own when left out.
        mounts: Where it finds volumes that the containers of the pod share, by any name. ``data`` is the volume with the
            service's data.
    """
    return InitContainer(_common(image, run, env, files, memory, cpu, user, mounts))


def emit_companions(given: object, argument: str, kind: type[Companion], word: str) -> dict[str, Any]:
    """Return the data of ``sidecars=`` or ``init=``."""
    if not isinstance(given, Mapping):
        wrong_type(argument, f"a dictionary of names and {word}(…)", given)
        return {}
    found: dict[str, Any] = {}
    for name, each in given.items():
        if not isinstance(name, str) or not _LABEL.fullmatch(name):
            note(f"{argument}= has {spell(name)} as a name", argument=argument, literal=name,
                 hint="lower-case letters, digits and dashes, at most 52")  # fmt: skip
        elif not isinstance(each, kind):
            wrong_type(argument, f'{word}(…) as "{name}"', each)
        else:
            found[name] = _named(name, deepcopy(each._data))
    return found


def _named(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of one that is called by a name, which its only port has, too: names of ports are a pod's."""
    ports = data.get("ports") or []
    for each in ports:
        each["name"] = name if each["name"] == MAIN else each["name"]
    if ports:
        bind_own_port([data.get(part) for part in ("run", "env", "files", "ready", "live")], ports[0]["name"], "port")
    return data


def emit_mounts(given: object) -> dict[str, str]:
    """Return the data of ``mounts=``: paths by the names of shared volumes."""
    if not isinstance(given, Mapping):
        wrong_type("mounts", 'a dictionary of names and paths: {"logs": "/var/log/api"}', given)
        return {}
    found = {}
    for name, path in given.items():
        if isinstance(name, str) and _LABEL.fullmatch(name):
            found[name] = inside(path, "mounts")
        else:
            note(f"mounts= has {spell(name)} as the name of a volume", argument="mounts", literal=name,
                 hint="lower-case letters, digits and dashes, at most 52")  # fmt: skip
    return found


def emit_contents(given: object) -> dict[str, Any]:
    """Return the data of ``files=`` of a container: contents by path."""
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


def _common(image: object, run: object, env: object, files: object, memory: object, cpu: object, user: object,
            mounts: object) -> dict[str, Any]:  # fmt: skip
    data: dict[str, Any] = {}
    if image is not None:
        data["image"] = emit_image_name(image)
    if run is not None:
        data["run"] = emit_command(run)
    for name, given, make in (("env", env, lambda given: emit_texts(given, "env")), ("files", files, emit_contents),
                              ("mounts", mounts, emit_mounts)):  # fmt: skip
        if given is not None:
            data[name] = make(given)
    if user is not None:
        data["user"] = expect.whole(user, "user", 0, 2**31 - 1)
    asked = emit_amounts(memory=memory, cpu=cpu)
    return {**data, "resources": asked} if asked else data
