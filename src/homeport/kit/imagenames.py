"""Names of images: how they are written, which are the same, and what ours are called."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from homeport.kit.topology import ordered

NOWHERE: Final = "homeport.invalid"
"""The registry in names of images that no registry has: a cluster that lacks one must not find a stranger's instead."""

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


def image_name(registry: str | None, stack: str, name: str, digest: str) -> str:
    """Return what an image of ours is called: another one for other inputs, so that instances never fight over it."""
    return f"{registry or NOWHERE}/{part(stack)}/{part(name)}:hp-{digest}"


def part(text: str) -> str:
    """Return text as a part of a repository's name."""
    return _FORBIDDEN.sub("-", text.lower()).strip("-") or "x"


def build_order(
    images: Mapping[str, tuple[Iterable[str], Iterable[str]]],
) -> tuple[list[str], Mapping[str, Sequence[str]]]:
    """Return images so that bases come before dependents, and for each the images of ours that it begins from.

    ``images``: for each key the names that it gets, and the names of its bases. Raises ValueError with the road of a circle.
    """
    makers = {parsed(name): key for key, (names, _) in images.items() for name in names}
    needs = {key: [makers[each] for each in map(parsed, bases) if each in makers] for key, (_, bases) in images.items()}
    return ordered(needs), needs
