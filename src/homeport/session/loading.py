"""Objects of the user's own, read off the loop, in the environment in which Homeport was started."""

from collections.abc import Mapping, Sequence

from homeport.aio.threads import in_thread
from homeport.model.manifests import Manifests
from homeport.ports.cluster import Manifest


class FileLoader:
    """Keeps ``ports.manifests.Loader``'s promise."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    async def load(self, node: Manifests) -> Sequence[Manifest]:
        """Return all objects of a node."""
        from homeport.config.manifests.loading import Running, load  # with a reader of YAML, which few houses need
        from homeport.render.fields import misspelt

        running = Running()
        return await in_thread(lambda: load(node, self._environ, running=running, check=misspelt), hurry=running.end)
