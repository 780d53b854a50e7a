"""How a service or task is when it is a container: its image, and what differs from the program on this machine."""

from typing import Any

from msgspec import Struct

from homeport.model.parts import Command, Files, Need, Port, Probe
from homeport.model.values import Value


class Sync(Struct, frozen=True, tag="sync", tag_field="kind", omit_defaults=True):
    """Files below ``local`` (absolute) that are kept the same below ``remote`` in running containers, less ``ignore``."""

    local: str
    remote: str
    ignore: tuple[str, ...] = ()


class RunAfter(Struct, frozen=True, tag="run", tag_field="kind", omit_defaults=True):
    """A command that runs in the container after a sync; with ``when`` only if one of these files was among it."""

    run: Command
    when: tuple[Files, ...] = ()


class RestartAfter(Struct, frozen=True, tag="restart", tag_field="kind", omit_defaults=True):
    """The container's program is started anew after a sync; with ``when`` only if one of these files was among it."""

    when: tuple[Files, ...] = ()


class FullBuild(Struct, frozen=True, tag="full", tag_field="kind"):
    """Files whose change always means another build of the image."""

    when: tuple[Files, ...]


Update = Sync | RunAfter | RestartAfter | FullBuild


class Dockerfile(Struct, frozen=True, tag="dockerfile", tag_field="kind", omit_defaults=True):
    """An image that is built from a Dockerfile.

    ``file`` and ``context`` are absolute paths; ``ignore`` another file than the context's ``.dockerignore``; ``secrets`` are
    values that the build may read and that stay out of the image; ``tags`` are names that the image gets besides ours.
    """

    file: str
    context: str
    target: str | None = None
    args: dict[str, Value] = {}
    secrets: dict[str, Value] = {}
    platform: str | None = None
    ignore: str | None = None
    tags: tuple[str, ...] = ()
    update: tuple[Update, ...] = ()


class NamedImage(Struct, frozen=True, tag="image", tag_field="kind", omit_defaults=True):
    """An image that somebody else made, by its name."""

    name: str
    update: tuple[Update, ...] = ()


class BuiltImage(Struct, frozen=True, tag="built", tag_field="kind", omit_defaults=True):
    """An image that a command makes. It finds the name that the image must get in the variable ``HOMEPORT_IMAGE``."""

    run: Command
    cwd: str
    inputs: tuple[Files, ...]
    env: dict[str, Value] = {}
    update: tuple[Update, ...] = ()


Image = Dockerfile | NamedImage | BuiltImage


class Resources(Struct, frozen=True, omit_defaults=True):
    """What a container asks for and what it may use at most, as Kubernetes writes quantities (``250m``, ``512Mi``)."""

    cpu: str | None = None
    memory: str | None = None
    cpu_limit: str | None = None
    memory_limit: str | None = None


class Companion(Struct, frozen=True, omit_defaults=True):
    """Another container in the pod of a service or task; on a machine there is none.

    ``image`` None: that of the service, and then its environment too. ``run`` None: the image's own command. ``ports`` are
    reached under the service's name. ``mounts``: absolute paths by the name of a volume that the containers of a pod share;
    ``data`` is the one with the service's data. ``first``: it is ready before the service starts, and ends after it.
    """

    image: str | None = None
    run: Command | None = None
    env: dict[str, Value] = {}
    files: dict[str, Value] = {}
    ports: tuple[Port, ...] = ()
    ready: Probe | None = None
    live: Probe | None = None
    resources: Resources = Resources()
    user: int | None = None
    mounts: dict[str, str] = {}
    first: bool = False


class Container(Struct, frozen=True, omit_defaults=True):
    """A service or task as a container.

    ``run`` None: the image's own command. ``env`` is laid over the service's own. ``ready`` and ``live`` None: the service's
    own. ``data``: where the volume with its data is mounted; ``storage`` its size in bytes. ``files``: contents by absolute
    path in the container, read-only. ``user``: the numbers of user and group. ``needs``: what it waits for besides what the
    service needs anywhere.

    ``mounts``: absolute paths by the name of a volume that it shares with ``sidecars``, which run beside it, and ``init``, which
    run to completion before it, one after the other.

    ``patch``: fields of the rendered objects, by kind or by kind and name (``Deployment``, ``Service/db-pods``), laid over ours
    as a JSON merge patch. ``functions``: which objects functions of the file patch, spoken of in the same way (empty: all of
    them); ``changes``: what they did to each, as ``render`` writes it.
    """

    image: Image
    run: Command | None = None
    env: dict[str, Value] = {}
    ready: Probe | None = None
    live: Probe | None = None
    data: str | None = None
    storage: int = 1024 * 1024 * 1024
    files: dict[str, Value] = {}
    resources: Resources = Resources()
    user: int | None = None
    patch: dict[str, dict[str, Any]] = {}
    needs: tuple[Need, ...] = ()
    functions: tuple[str, ...] = ()
    changes: dict[str, Any] = {}
    mounts: dict[str, str] = {}
    sidecars: dict[str, Companion] = {}
    init: dict[str, Companion] = {}

    @property
    def companions(self) -> dict[str, Companion]:
        """The other containers of its pod by name."""
        return {**self.init, **self.sidecars}
