"""A launch in the words of the engine's API."""

import posixpath
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.ports.containers import HOST, Belongs, ContainerLaunch

LABEL: Final = "homeport.dev/"
LOOPBACK: Final = "127.0.0.1"
_STRANGE: Final = re.compile(r"[^a-zA-Z0-9_.-]+")


def labels(belongs: Belongs) -> dict[str, str]:
    """Return what tells whose a container or a volume is."""
    known = {"instance": belongs.instance, "owner": belongs.owner, "service": belongs.service}
    if belongs.house:
        known |= {"house": belongs.house, "replica": str(belongs.replica)}
    return {LABEL + key: value for key, value in known.items()}


def owned_by(owner: str) -> dict[str, list[str]]:
    """Return the filter for what belongs to an instance."""
    return {"label": [f"{LABEL}owner={owner}"]}


def fresh_name(launch: ContainerLaunch) -> str:
    """Return a name that no container has: whose it is for people, and a random end."""
    words = _STRANGE.sub("-", f"{launch.belongs.instance}-{launch.label}").strip("-._")[:80] or "homeport"
    return f"{words}-{secrets.token_hex(4)}"


def creation(launch: ContainerLaunch, files: Mapping[str, str], addresses: Sequence[str]) -> dict[str, Any]:
    """Return what creates a container. ``files``: where the contents lie; ``addresses``: where its ports are published."""
    made: dict[str, Any] = {
        "Image": launch.image,
        "Env": [f"{name}={value}" for name, value in launch.env.items()],
        "Labels": labels(launch.belongs),
        "Tty": launch.tty,
        "AttachStdout": True,
        "AttachStderr": not launch.tty,
        "StopSignal": launch.stop,
        "ExposedPorts": {f"{number}/tcp": {} for number in launch.ports},
        "HostConfig": _surroundings(launch, files, addresses),
    }
    if launch.argv is not None:
        made |= {"Entrypoint": list(launch.argv), "Cmd": []}
    elif launch.args:
        made["Cmd"] = list(launch.args)
    if launch.cwd is not None:
        made["WorkingDir"] = launch.cwd
    if launch.user is not None:
        made["User"] = f"{launch.user}:{launch.user}"
    return made


def _surroundings(launch: ContainerLaunch, files: Mapping[str, str], addresses: Sequence[str]) -> dict[str, Any]:
    mounts: list[dict[str, str | bool]] = [
        {"Type": "volume", "Source": name, "Target": posixpath.normpath(path)} for path, name in launch.volumes.items()
    ]
    mounts += [{"Type": "bind", "Source": here, "Target": path, "ReadOnly": True} for path, here in files.items()]
    return {
        "PortBindings": {
            f"{number}/tcp": [{"HostIp": address, "HostPort": str(host)} for address in addresses]
            for number, host in launch.ports.items()
        },
        "ExtraHosts": [f"{HOST}:host-gateway"],
        "Mounts": mounts,
        "Memory": launch.memory or 0,
        "NanoCpus": round((launch.cpus or 0) * 1e9),
        # A command of ours knows nothing of being process 1; what an image brings may insist on it.
        "Init": launch.argv is not None,
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "8m", "max-file": "2"}},
        "RestartPolicy": {"Name": "no"},
    }
