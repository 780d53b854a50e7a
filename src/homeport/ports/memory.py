"""What outlives Homeport, per instance."""

from collections.abc import Collection, Mapping
from typing import Protocol

from homeport.model.facts import Done
from homeport.model.graph import Graph
from homeport.model.kept import KeptImage
from homeport.model.wishes import Wishes


class Memory(Protocol):
    """Remembers wishes and successes of tasks; folders per service."""

    def wishes(self) -> Wishes:
        """Return the remembered wishes (only those that outlive a run)."""
        ...

    def keep_wishes(self, wishes: Wishes) -> None:
        """Remember wishes: written whole or not at all. Raises OutsideError when the disk refuses."""
        ...

    def done(self) -> Mapping[str, Done]:
        """Return the remembered successes by task."""
        ...

    def keep_done(self, task: str, done: Done) -> None:
        """Remember a success. Raises OutsideError when the disk refuses."""
        ...

    def keep_graph(self, graph: Graph, secret: Collection[str]) -> None:
        """Remember the last graph that was sound, without these ``secret`` values, nor others that tell what they are."""
        ...

    def image(self, name: str) -> KeptImage | None:
        """Return what was kept of an image of the graph (blocking)."""
        ...

    def keep_image(self, name: str, image: KeptImage) -> None:
        """Remember an image as it was made last (blocking). Raises OutsideError when the disk refuses."""
        ...

    def data_folder(self, service: str) -> str:
        """Return the data folder of a service, made when absent (0700)."""
        ...

    def runtime_folder(self, service: str) -> str:
        """Return a folder for small files of the current run (0700)."""
        ...

    def data_id(self, service: str) -> str:
        """Return the id of a service's data: made with the folder, another one after the data were removed."""
        ...
