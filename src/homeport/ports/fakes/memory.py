"""A memory that lasts as long as its object; folders are only names."""

from collections.abc import Collection, Mapping

from homeport.model.errors import OutsideError
from homeport.model.facts import Done
from homeport.model.graph import Graph
from homeport.model.kept import KeptImage
from homeport.model.wishes import Wishes, lasting


class FakeMemory:
    """Remembers in attributes. ``root`` is what folders' names begin with; nothing is made there."""

    def __init__(self, root: str = "/memory") -> None:
        self._root = root
        self._wishes = Wishes()
        self._done: dict[str, Done] = {}
        self._images: dict[str, KeptImage] = {}
        self._ids: dict[str, int] = {}
        self._made = 0
        self.good: Graph | None = None
        self.refusal: OutsideError | None = None
        """Raised instead of remembering wishes and successes."""

    def wishes(self) -> Wishes:
        """Return the remembered wishes."""
        return self._wishes

    def keep_wishes(self, wishes: Wishes) -> None:
        """Remember what of the wishes outlives a run."""
        self._take()
        self._wishes = lasting(wishes)

    def done(self) -> Mapping[str, Done]:
        """Return the remembered successes by task."""
        return self._done

    def keep_done(self, task: str, done: Done) -> None:
        """Remember a success."""
        self._take()
        self._done = {**self._done, task: done}

    def keep_graph(self, graph: Graph, secret: Collection[str]) -> None:
        """Remember the last graph that was sound."""
        self.good = graph

    def image(self, name: str) -> KeptImage | None:
        """Return what was kept of an image."""
        return self._images.get(name)

    def keep_image(self, name: str, image: KeptImage) -> None:
        """Remember an image."""
        self._take()
        self._images[name] = image

    def data_folder(self, service: str) -> str:
        """Return the name of a service's data folder."""
        if service not in self._ids:
            self._made += 1
            self._ids[service] = self._made
        return f"{self._root}/data/{service}"

    def runtime_folder(self, service: str) -> str:
        """Return the name of a service's runtime folder."""
        return f"{self._root}/runtime/{service}"

    def data_id(self, service: str) -> str:
        """Return the id of a service's data."""
        self.data_folder(service)
        return f"{self._ids[service]:016x}"

    def remove_data(self) -> None:
        """Forget all data and the successes of tasks."""
        self._ids.clear()
        self._done = {}

    def _take(self) -> None:
        if self.refusal is not None:
            raise self.refusal
