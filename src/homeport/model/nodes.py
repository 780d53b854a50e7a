"""The things that a stack file declares."""

from typing import Literal

from msgspec import Struct

from homeport.model.containers import Container
from homeport.model.manifests import Manifests
from homeport.model.parts import Command, Files, Keep, Link, Need, Port, Probe, Restart, Stop, Where
from homeport.model.places import Placed
from homeport.model.values import Value


class Service(Struct, frozen=True, tag="service", tag_field="kind", omit_defaults=True):
    """A program that is expected to keep running.

    ``builds`` are tasks whose success it runs on: a new success restarts it, a failure leaves it alone. ``keeps`` says
    whether its data outlive it: ``folder`` (a data folder per instance), ``run`` (data die with the process), None (none).
    ``component`` names what it is when a component made it. ``replicas`` may be changed by a wish. ``container``: how it is in
    a container or pod; None: it can only be a process of this machine. ``run`` None: it is only an image, and can only be a
    container. ``on``: where the file wants it.
    """

    name: str
    at: Where
    run: Command | None
    cwd: str
    env: dict[str, Value] = {}
    env_files: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    ready: Probe | None = None
    live: Probe | None = None
    needs: tuple[Need, ...] = ()
    builds: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    reload: tuple[Files, ...] = ()
    restart: Restart = Restart()
    stop: Stop = Stop()
    replicas: int = 1
    groups: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    starts: bool = True
    tty: bool = False
    keeps: Literal["folder", "run"] | None = None
    logs: Keep = Keep()
    component: str | None = None
    container: Container | None = None
    on: Placed = ""


class Task(Struct, frozen=True, tag="task", tag_field="kind", omit_defaults=True):
    """A program that runs to completion.

    With ``inputs`` it is skipped while they, its definition and the data of what it needs are unchanged. ``manual`` tasks
    run only when triggered. ``build``: it is a build step of the services that name it. ``timeout`` in seconds. Where one
    of its ``outputs`` (absolute paths) is missing it is not skipped. ``container``: how it is as a pod. ``run`` None: it can only
    be one. ``on``: where the file wants it.
    """

    name: str
    at: Where
    run: Command | None
    cwd: str
    env: dict[str, Value] = {}
    env_files: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    tools: tuple[str, ...] = ()
    inputs: tuple[Files, ...] = ()
    outputs: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    timeout: float | None = None
    stop: Stop = Stop()
    groups: tuple[str, ...] = ()
    manual: bool = False
    build: bool = False
    tty: bool = False
    container: Container | None = None
    on: Placed = ""


class Tool(Struct, frozen=True, tag="tool", tag_field="kind", omit_defaults=True):
    """Programs that must be found or fetched before who uses them starts. ``product`` is a name the toolbox knows."""

    name: str
    at: Where
    product: str
    version: str | None = None
    programs: tuple[str, ...] = ()


class Source(Struct, frozen=True, omit_defaults=True):
    """Where one value of a secret comes from: an environment variable, a file, or a generator used once when absent."""

    file: str | None = None
    environ: str | None = None
    generate: Literal["password", "es256"] | None = None
    length: int = 32


class Secret(Struct, frozen=True, tag="secret", tag_field="kind", omit_defaults=True):
    """Named values that are never shown. A secret of one value calls it ``value``."""

    name: str
    at: Where
    entries: dict[str, Source]


class EnvFile(Struct, frozen=True, tag="env_file", tag_field="kind", omit_defaults=True):
    """A ``.env`` file whose values can be referred to; ``secret`` names the ones to hide besides those hidden by name."""

    name: str
    at: Where
    path: str
    secret: tuple[str, ...] = ()
    optional: bool = False


class Option(Struct, frozen=True, tag="option", tag_field="kind", omit_defaults=True):
    """A setting that people give by ``--set`` or ``homeport args``. Values travel as text; ``default`` None: must be given."""

    name: str
    at: Where
    type: Literal["text", "integer", "number", "boolean"] = "text"
    default: str | None = None
    help: str = ""
    choices: tuple[str, ...] = ()


Runnable = Service | Task
Node = Service | Task | Tool | Secret | EnvFile | Option | Manifests
