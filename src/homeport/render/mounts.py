"""The files of a pod: contents from the file, secrets by their paths, and the volume with its data."""

import posixpath
from collections.abc import Container, Mapping
from typing import Final

from lightkube.models import core_v1 as core
from msgspec import Struct

from homeport.model.nodes import Runnable, Service
from homeport.render.naming import checked_key, fitted
from homeport.render.values import SECRETS, Speaker, Spelled

DATA: Final = "data"
"""The name of the volume with a service's data."""
_READABLE = 0o444
_GROUP = 0o440


class Files(Struct, frozen=True):
    """What is mounted into a pod.

    ``open`` and ``hidden`` are the contents of its own ConfigMap and Secret by key.
    """

    open: dict[str, str]
    hidden: dict[str, Spelled]
    volumes: list[core.Volume]
    mounts: list[core.VolumeMount]


def files(node: Runnable, speaker: Speaker, config: str, secret: str) -> Files:
    """Return the files of a node, whose own objects have these names; its environment must be spelled by now."""
    assert node.container is not None
    wanted = {path: speaker.spell(value, path) for path, value in node.container.files.items()}
    wanted |= {path: speaker.spell(value, posixpath.basename(path)) for path, value in speaker.files.items()}
    made = Files({}, {}, [], [])
    shared = {entry: f"{SECRETS}/{entry[0]}/{entry[1]}" for entry in speaker.paths}
    for path, spelled in wanted.items():
        if spelled.of is not None:
            _mount_one(made, f"secret-{spelled.of[0]}", path, spelled.of[1])
            shared.setdefault(spelled.of, "")
            continue
        key = checked_key(node.name, _key(path, {*made.open, *made.hidden}))
        if spelled.secret or spelled.text is None:
            made.hidden[key] = spelled
            _mount_one(made, "hidden-files", path, key)
        else:
            made.open[key] = spelled.text
            _mount_one(made, "files", path, key)
    _add_volumes(made, node, shared, config, secret)
    return made


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


def _mount_one(made: Files, volume: str, path: str, key: str) -> None:
    # By its key: what else lies in that folder of the image stays visible.
    made.mounts.append(core.VolumeMount(name=fitted(volume), mountPath=path, subPath=key, readOnly=True))


def _add_volumes(made: Files, node: Runnable, shared: Mapping[tuple[str, str], str], config: str, secret: str) -> None:
    assert node.container is not None
    mode = _GROUP if node.container.user else _READABLE
    by_secret: dict[str, list[str]] = {}
    for name, key in shared:
        by_secret.setdefault(name, []).append(key)
    for name, keys in by_secret.items():
        made.volumes.append(_secret_volume(f"secret-{name}", name, keys, mode))
        if any(shared[name, key] for key in keys):
            folder = f"{SECRETS}/{name}"
            made.mounts.append(core.VolumeMount(name=fitted(f"secret-{name}"), mountPath=folder, readOnly=True))
    if made.open:
        made.volumes.append(core.Volume(name="files", configMap=core.ConfigMapVolumeSource(name=config)))
    if made.hidden:
        made.volumes.append(_secret_volume("hidden-files", secret, list(made.hidden), mode))
    if node.container.data is not None:
        made.mounts.append(core.VolumeMount(name=DATA, mountPath=node.container.data))


def _secret_volume(volume: str, secret: str, keys: list[str], mode: int) -> core.Volume:
    # With its keys named, a pod waits for one that is not there yet instead of starting without it.
    items = [core.KeyToPath(key=key, path=key) for key in keys]
    return core.Volume(
        name=fitted(volume), secret=core.SecretVolumeSource(secretName=secret, items=items, defaultMode=mode)
    )
