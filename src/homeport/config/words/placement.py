"""Words for where things run: ``on=``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from homeport.config.words.mistakes import note, spell, wrong_type
from homeport.config.words.values import need_plain
from homeport.kit.imagenames import is_registry
from homeport.kit.labels import is_label
from homeport.kit.suggest import did_you_mean

PlaceName = Literal["here", "docker", "kubernetes"]
_NAMES: Final = ("here", "docker", "kubernetes")


class Place:
    """Where something runs: ``here``, ``docker`` or ``kubernetes``."""

    __slots__ = ("_name",)

    def __init__(self, name: PlaceName) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


class Here(Place):
    """A process of this machine: ``stack.service("desktop", run=…, on=here)``. What is only an image runs as a container."""

    __slots__ = ()


class Docker(Place):
    """A container of this machine: ``stack.service("mail", image="axllent/mailpit", on=docker)``."""

    __slots__ = ()


class Cluster:
    """Which cluster is meant, and where in it, made by ``kubernetes(…)``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, str]) -> None:
        self._data = data


class Kubernetes(Place):
    """Pods of a cluster. Called, it says of which: ``Stack("shop", on=kubernetes(context="kind-dev"))``."""

    __slots__ = ()

    def __call__(
        self, *, context: str | None = None, namespace: str | None = None, registry: str | None = None
    ) -> Cluster:
        """Pods of a certain cluster; what is left out is as on the command line, or found.

        Args:
            context: The context of the kubeconfig; the current one when left out.
            namespace: A namespace that exists; one of the instance's own name is made when left out.
            registry: Where images are pushed to, such as ``"localhost:5005"``; the one that the cluster announces when left out.
        """
        data: dict[str, str] = {}
        if context is not None:
            data["context"] = need_plain(context, "context", "the name of a context")
        if namespace is not None:
            data["namespace"] = _checked(namespace, "namespace", is_label, "lower-case letters, digits and dashes")
        if registry is not None:
            data["registry"] = _checked(registry, "registry", is_registry, 'without a scheme: "localhost:5005"')
        return Cluster(data)


here: Final = Here("here")
"""A process of this machine."""
docker: Final = Docker("docker")
"""A container of this machine."""
kubernetes: Final = Kubernetes("kubernetes")
"""Pods of a cluster: ``Stack("shop", on=kubernetes)``."""


def emit_place(given: object) -> str:
    """Return the data of ``on=`` of a service, task or group; empty: as the stack says."""
    if given is None:
        return ""
    if isinstance(given, Place):
        return given._name
    if isinstance(given, str):
        if given not in _NAMES:
            note(f"on= takes here, docker or kubernetes, not {spell(given)}", argument="on", literal=given,
                 hint=did_you_mean(given, _NAMES))  # fmt: skip
            return ""
        return given
    if isinstance(given, Cluster):
        note("on= says which cluster, and the stack has one for all", argument="on",
             hint='say it there: Stack("…", on=kubernetes(…)), and on=kubernetes here')  # fmt: skip
        return "kubernetes"
    wrong_type("on", "here, docker or kubernetes", given)
    return ""


def emit_site(given: object) -> tuple[str, dict[str, str]]:
    """Return the data of ``on=`` of the stack: the place, and the cluster that it names."""
    if isinstance(given, Cluster):
        return "kubernetes", given._data
    return emit_place(given), {}


def settle_place(on: str, given: object, contained: object) -> str:
    """Return where a service or task is wanted. Notes a place for containers where there is no image.

    ``given`` is what it says itself: a group's word is for those members that can.
    """
    if contained is not None or on in ("", "here"):
        return on
    if given is not None:
        note(f"on= says {on}, and there is no image= to make a container from", argument="on",
             hint='say what it is made from: image=dockerfile("Dockerfile")')  # fmt: skip
    return ""


def _checked(given: object, argument: str, fits: Callable[[str], object], rule: str) -> str:
    text = need_plain(given, argument)
    if isinstance(given, str) and not fits(text):
        note(f'{argument}= cannot be "{text}"', argument=argument, literal=text, hint=rule)
    return text
