"""From the stack to the objects that a cluster is to have."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from homeport.model.cluster_jobs import Scene
from homeport.model.manifests import Manifests
from homeport.ports.cluster import Manifest


class Identity(Struct, frozen=True):
    """Whose objects these are, and for which nodes.

    The ``instance`` by name, its ``owner`` id, whether it ``creates`` the namespace, and the ``architecture`` of helpers.
    """

    instance: str
    owner: str
    creates: bool
    architecture: str = "amd64"


class Values(Struct, frozen=True):
    """The values that only workers know: of ``.env`` files and secrets by node and name, and the key of digests of them."""

    settings: Mapping[str, Mapping[str, str]] = {}
    secrets: Mapping[str, Mapping[str, str]] = {}
    key: bytes = b""


class Own(Struct, frozen=True):
    """Objects of the user's own: of which ``node``, as they were ``read``, and the kinds among them that are in no namespace.

    ``helped``: the helper stands in front of commands whose files are kept up to date. ``turn`` as in ``Renderer.node``.
    """

    node: Manifests
    read: Sequence[Manifest]
    cluster_wide: Collection[str] = ()
    helped: bool = True
    turn: str = ""


class Renderer(Protocol):
    """Makes objects; pure. Raises RefusedError for what cannot be in a pod."""

    def common(self, scene: Scene, who: Identity, values: Values) -> Sequence[Manifest]:
        """Return what all nodes share: the namespace first if it is ours, the declared secrets, and the helper's program."""
        ...

    def node(self, scene: Scene, who: Identity, values: Values, name: str, turn: str = "") -> Sequence[Manifest]:
        """Return the objects of one node, the workload last."""
        ...

    def own(self, scene: Scene, who: Identity, values: Values, own: Own) -> Sequence[Manifest]:
        """Return the user's own objects as they are applied, those on which others may rest first."""
        ...

    def relay(
        self, scene: Scene, who: Identity, image: str, services: Mapping[str, Mapping[int, int]]
    ) -> Sequence[Manifest]:
        """Return the relay over any ``image``, and a Service per name: its port numbers lead to these ports of the relay."""
        ...
