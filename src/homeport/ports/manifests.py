"""The user's own objects, as their files and commands say them now."""

from collections.abc import Sequence
from typing import Protocol

from homeport.model.manifests import Manifests
from homeport.ports.cluster import Manifest


class Loader(Protocol):
    """Reads objects."""

    async def load(self, node: Manifests) -> Sequence[Manifest]:
        """Return all objects of a node, in the order in which they are said; who is cancelled leaves no command running.

        Raises ConfigError, naming file and line.
        """
        ...
