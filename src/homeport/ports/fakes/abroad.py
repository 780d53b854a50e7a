"""Everything beyond this machine's programs and files, played in memory, for those who need not say how."""

from typing import TypedDict

from homeport.ports.bookmarks import Bookmarks
from homeport.ports.builder import Builder
from homeport.ports.clusters import Clusters
from homeport.ports.containers import Containers
from homeport.ports.fakes.bookmarks import FakeBookmarks
from homeport.ports.fakes.builder import FakeBuilder
from homeport.ports.fakes.clusters import FakeClusters
from homeport.ports.fakes.containers import FakeContainers
from homeport.ports.fakes.live import FakeLinks
from homeport.ports.fakes.manifests import FakeLoader
from homeport.ports.fakes.renderer import FakeRenderer
from homeport.ports.fakes.trees import FakeTrees
from homeport.ports.live import LiveLinks
from homeport.ports.manifests import Loader
from homeport.ports.renderer import Renderer
from homeport.ports.trees import Trees


class Abroad(TypedDict):
    """The ports of containers and clusters, by the names that ``Outside`` has for them."""

    clusters: Clusters
    renderer: Renderer
    builder: Builder
    containers: Containers
    live: LiveLinks
    trees: Trees
    bookmarks: Bookmarks
    manifests: Loader


def abroad() -> Abroad:
    """Return fakes that nobody has told anything."""
    return Abroad(
        clusters=FakeClusters(),
        renderer=FakeRenderer(),
        builder=FakeBuilder(),
        containers=FakeContainers(),
        live=FakeLinks(),
        trees=FakeTrees(),
        bookmarks=FakeBookmarks(),
        manifests=FakeLoader(),
    )
