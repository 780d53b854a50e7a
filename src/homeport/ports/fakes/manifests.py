"""Objects that a test puts where files would be."""

from collections.abc import Sequence

from homeport.model.errors import HomeportError
from homeport.model.manifests import Manifests
from homeport.ports.cluster import Manifest


class FakeLoader:
    """``objects`` by node, or the error that reading them raises. ``loads`` counts how often each was read."""

    def __init__(self) -> None:
        self.objects: dict[str, Sequence[Manifest] | HomeportError] = {}
        self.loads: dict[str, int] = {}

    async def load(self, node: Manifests) -> Sequence[Manifest]:
        """Return the objects of a node."""
        self.loads[node.name] = self.loads.get(node.name, 0) + 1
        found = self.objects.get(node.name, node.objects)
        if isinstance(found, HomeportError):
            raise found
        return found
