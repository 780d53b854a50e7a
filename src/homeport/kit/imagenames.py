"""Names of images: how they are written, which are the same, and what ours are called."""

import re
from typing import Final, NamedTuple

_FORBIDDEN: Final = re.compile(r"[^a-z0-9]+")


class Name(NamedTuple):
    """A name in parts: registry and repository as an engine completes them, and its tag (``@sha256:…`` included)."""

    registry: str
    repository: str
    tag: str

    def __str__(self) -> str:
        joint = "" if self.tag.startswith("@") else ":"
        return f"{self.registry}/{self.repository}{joint}{self.tag}"


def parsed(name: str) -> Name:
    """Return the parts of a name: ``busybox`` is ``docker.io/library/busybox:latest``."""
    rest, at, digest = name.partition("@")
    host, slash, path = rest.partition("/")
    if not slash or not (host == "localhost" or "." in host or ":" in host or host.lower() != host):
        host, path = "docker.io", rest
    path, _, tag = path.partition(":")
    if host in {"docker.io", "index.docker.io"}:
        host, path = "docker.io", path if "/" in path else f"library/{path}"
    return Name(host, path, f"@{digest}" if at else tag or "latest")


def image_name(registry: str, stack: str, name: str, digest: str) -> str:
    """Return what an image of ours is called: another one for other inputs, so that instances never fight over it."""
    return f"{registry}/{_part(stack)}/{_part(name)}:hp-{digest}"


def _part(text: str) -> str:
    """Return text as a part of a repository's name."""
    return _FORBIDDEN.sub("-", text.lower()).strip("-") or "x"
