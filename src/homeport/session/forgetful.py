"""A memory for one run only."""

from collections.abc import Collection, Mapping

from homeport.model.facts import Done
from homeport.model.graph import Graph
from homeport.model.kept import KeptImage
from homeport.model.wishes import Wishes
from homeport.ports.memory import Memory


class ForgetfulMemory:
    """Reads what is remembered and keeps successes of tasks, but lets the wishes of this run go with it."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def wishes(self) -> Wishes:
        """Return the remembered wishes."""
        return self._memory.wishes()

    def keep_wishes(self, wishes: Wishes) -> None:
        """Let them go."""

    def done(self) -> Mapping[str, Done]:
        """Return the remembered successes by task."""
        return self._memory.done()

    def keep_done(self, task: str, done: Done) -> None:
        """Remember a success: the data that it made outlive the run as well."""
        self._memory.keep_done(task, done)

    def keep_graph(self, graph: Graph, secret: Collection[str]) -> None:
        """Let it go: what is tried once is nothing to fall back on."""

    def image(self, name: str) -> KeptImage | None:
        """Return nothing: what is tried once is tried as it is now."""
        return None

    def keep_image(self, name: str, image: KeptImage) -> None:
        """Let it go."""

    def data_folder(self, service: str) -> str:
        """Return the data folder of a service."""
        return self._memory.data_folder(service)

    def runtime_folder(self, service: str) -> str:
        """Return a folder for small files of the current run."""
        return self._memory.runtime_folder(service)

    def data_id(self, service: str) -> str:
        """Return the id of a service's data."""
        return self._memory.data_id(service)
