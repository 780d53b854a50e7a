"""Names of images: how they are written, which are the same, and what ours are called."""

import re
from typing import Final, NamedTuple

_FORBIDDEN: Final = re.compile(r"[^a-z0-9]+")
_HOST: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?"
_FOLDER: Final = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_TAG: Final = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}")
_REGISTRY: Final = re.compile(rf"{_HOST}(?:/{_FOLDER})*")
_NAME: Final = re.compile(rf"(?:{_HOST}/)?{_FOLDER}(?:/{_FOLDER})*(?::{_TAG.pattern})?(?:@sha256:[0-9a-f]{{64}})?")


class Name(NamedTuple):
    """A name in parts: registry and repository as an engine completes them, and its tag (``@sha256:…`` included)."""

    registry: str
    repository: str
    tag: str

    def __str__(self) -> str:
        joint = "" if self.tag.startswith("@") else ":"
        return f"{self.registry}/{self.repository}{joint}{self.tag}"


def is_name(text: str) -> bool:
    """Whether an image can be called so: https://github.com/distribution/reference."""
    return _NAME.fullmatch(text) is not None


def is_registry(text: str) -> bool:
    """Whether images can be found there: a host, perhaps with a port, and folders below it."""
    return _REGISTRY.fullmatch(text) is not None


def is_tag(text: str) -> bool:
    """Whether text can stand behind the colon of an image's name."""
    return _TAG.fullmatch(text) is not None


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
