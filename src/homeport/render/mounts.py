"""The files of a pod: contents from the file, secrets by their paths, and the volume with its data."""

import posixpath
from collections.abc import Container, Mapping
from typing import Final

from lightkube.models import core_v1 as core
from msgspec import Struct

from homeport.model import containers as model
from homeport.model.nodes import Runnable, Service
from homeport.model.values import Value
from homeport.render.naming import checked_key, fitted
from homeport.render.values import SECRETS, Speaker, Spelled

DATA: Final = "data"
"""The name of the volume with a service's data."""
_READABLE = 0o444
_GROUP = 0o440


class Files(Struct, frozen=True):
    """What is mounted into a pod.

    ``open`` and ``hidden`` are the contents of its own ConfigMap and Secret by key. ``mounts`` are those of the node's own
    container, ``beside`` those of the others by their names.
    """

    open: dict[str, str]
    hidden: dict[str, Spelled]
    volumes: list[core.Volume]
    mounts: list[core.VolumeMount]
    beside: dict[str, list[core.VolumeMount]]


def files(node: Runnable, speaker: Speaker, beside: Mapping[str, Speaker], config: str, secret: str) -> Files:
    """Return the files of a node, whose own objects have these names; its environment must be spelled by now.

    ``beside`` are those who speak for the other containers of its pod.
    """
    how = node.container
    assert how is not None
    made = Files({}, {}, [], [], {})
    used: dict[tuple[str, str], None] = dict.fromkeys(speaker.paths)
    made.mounts.extend(_mounted(made, node.name, how.files, speaker, used))
    for name, other in beside.items():
        used.update(other.paths)
        made.beside[name] = _mounted(made, node.name, how.companions[name].files, other, used)
    _add_volumes(made, node, list(used), config, secret)
    if how.data is not None:
        made.mounts.append(core.VolumeMount(name=DATA, mountPath=how.data))
    _share(made, how)
    return made


def _mounted(
    made: Files, node: str, own: Mapping[str, Value], speaker: Speaker, used: dict[tuple[str, str], None]
) -> list[core.VolumeMount]:
    """Return where the files of one container are: its contents, and the secrets that it reads by their paths."""
    wanted = {path: speaker.spell(value, path) for path, value in own.items()}
    wanted |= {path: speaker.spell(value, posixpath.basename(path)) for path, value in speaker.files.items()}
    found = [_file(made, node, path, spelled, used) for path, spelled in wanted.items()]
    folders = dict.fromkeys(name for name, _ in speaker.paths)
    return found + [core.VolumeMount(name=fitted(f"secret-{name}"), mountPath=f"{SECRETS}/{name}", readOnly=True)
                    for name in folders]  # fmt: skip


def _file(made: Files, node: str, path: str, spelled: Spelled, used: dict[tuple[str, str], None]) -> core.VolumeMount:
    """Return where a file is in a container, and keep its content."""
    if spelled.of is not None:
        used.setdefault(spelled.of)
        return _one(f"secret-{spelled.of[0]}", path, spelled.of[1])
    key = checked_key(node, _key(path, {*made.open, *made.hidden}))
    if spelled.secret or spelled.text is None:
        made.hidden[key] = spelled
        return _one("hidden-files", path, key)
    made.open[key] = spelled.text
    return _one("files", path, key)


def _share(made: Files, how: model.Container) -> None:
    """Mount the volumes that containers of the pod share."""
    wanted = [(made.mounts, how.mounts)]
    wanted += [(made.beside[name], each.mounts) for name, each in how.companions.items()]
    volumes: dict[str, None] = {}
    for mounts, places in wanted:
        for name, path in places.items():
            volume = DATA if name == DATA else f"shared-{name}"
            mounts.append(core.VolumeMount(name=volume, mountPath=path))
            volumes.setdefault(volume)
    made.volumes.extend(
        core.Volume(name=each, emptyDir=core.EmptyDirVolumeSource()) for each in volumes if each != DATA
    )


def has_scratch(node: Runnable) -> bool:
    """Whether a node has data that end with each of its pods."""
    return isinstance(node, Service) and node.keeps == "run" and _has_data(node)


def has_claim(node: Runnable) -> bool:
    """Whether a node has data that outlive its pods."""
    return _has_data(node) and not has_scratch(node)


def _has_data(node: Runnable) -> bool:
    return node.container is not None and node.container.data is not None


def _key(path: str, taken: Container[str]) -> str:
    """Return the key of a file: its name, with a number when another one has that."""
    base = posixpath.basename(path)
    found, number = base, 2
    while found in taken:
        found, number = f"{base}.{number}", number + 1
    return found


def _one(volume: str, path: str, key: str) -> core.VolumeMount:
    # By its key: what else lies in that folder of the image stays visible.
    return core.VolumeMount(name=fitted(volume), mountPath=path, subPath=key, readOnly=True)


def _add_volumes(made: Files, node: Runnable, used: list[tuple[str, str]], config: str, secret: str) -> None:
    assert node.container is not None
    mode = _GROUP if node.container.user else _READABLE
    by_secret: dict[str, list[str]] = {}
    for name, key in used:
        by_secret.setdefault(name, []).append(key)
    for name, keys in by_secret.items():
        made.volumes.append(_secret_volume(f"secret-{name}", name, keys, mode))
    if made.open:
        made.volumes.append(core.Volume(name="files", configMap=core.ConfigMapVolumeSource(name=config)))
    if made.hidden:
        made.volumes.append(_secret_volume("hidden-files", secret, list(made.hidden), mode))


def _secret_volume(volume: str, secret: str, keys: list[str], mode: int) -> core.Volume:
    # With its keys named, a pod waits for one that is not there yet instead of starting without it.
    items = [core.KeyToPath(key=key, path=key) for key in keys]
    return core.Volume(
        name=fitted(volume), secret=core.SecretVolumeSource(secretName=secret, items=items, defaultMode=mode)
    )
