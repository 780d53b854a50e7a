"""Where a graph is rendered for: everything that the file does not say."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct

NAMESPACE_WORD: Final = "namespace.homeport.invalid"
"""What functions of the file find in place of the namespace."""
INSTANCE_WORD: Final = "instance.homeport.invalid"
"""What functions of the file find in place of the instance's name."""

Named = Mapping[str, Mapping[str, str]]
"""Values by node and name."""


class Address(Struct, frozen=True):
    """Under which ``host`` pods reach a service that lives elsewhere, and its ``ports`` by name."""

    host: str
    ports: Mapping[str, int]


class HelperIn(Struct, frozen=True):
    """The helper that stands in front of a container's command.

    ``config`` is the name of the ConfigMap that carries the program. ``entrypoint`` and ``cmd`` are those of the image, for a
    container that has no command of its own.
    """

    config: str
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()


class Site(Struct, frozen=True):
    """What is rendered, and for where.

    ``images``: the image of each service and task that becomes pods; the others live elsewhere. ``creates``: whether the
    namespace is one of the objects. ``elsewhere``: addresses of services that are no pods; one without is expected behind a
    Service of its own name. ``settings``: the values of ``.env`` files. ``secrets``: the values of secrets; None: every
    secret value is left out, those of settings, options and literals too. ``key``: with it known secret values
    are part of digests, so that a change rolls the pods; they are never digested without.

    ``manifests``: the user's own objects by node, as they were read; in ``images``, what takes the place of an image in them is
    under ``NODE/IMAGE``. ``cluster_wide``: further kinds that are in no namespace, as a cluster says.

    The rest is for development and empty in what ``homeport render`` prints. ``owner``: the instance whose objects these are,
    as a label. ``pull``: when images that are built here are pulled; None: as Kubernetes does by itself. ``helpers``: in front of
    whose command the helper stands, by node. ``turns``: a mark of the pods by node: another one rolls them, and it is part of no
    digest of a service, so one that is forgotten rolls nothing; the Job of a task with another turn is another Job.
    """

    namespace: str
    instance: str
    images: Mapping[str, str]
    creates: bool = True
    replicas: Mapping[str, int] = {}
    elsewhere: Mapping[str, Address] = {}
    options: Mapping[str, str] = {}
    settings: Named = {}
    secrets: Named | None = None
    key: bytes = b""
    manifests: Mapping[str, Sequence[Mapping[str, Any]]] = {}
    cluster_wide: frozenset[str] = frozenset()
    owner: str = ""
    pull: Literal["IfNotPresent", "Never"] | None = None
    helpers: Mapping[str, HelperIn] = {}
    turns: Mapping[str, str] = {}

    def words(self, node: str) -> dict[str, str]:
        """Return what functions of the file found in place of values of this site, and what these are."""
        image = {image_word(node): self.images[node]}
        return {**image, NAMESPACE_WORD: self.namespace, INSTANCE_WORD: self.instance}


def image_word(node: str) -> str:
    """Return what functions of the file find in place of a node's image."""
    return f"image.homeport.invalid/{node}"
