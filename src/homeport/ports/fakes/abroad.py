"""Everything beyond this machine's programs and files, played in memory, for those who need not say how."""

from homeport.ports.abroad import Abroad
from homeport.ports.fakes.bookmarks import FakeBookmarks
from homeport.ports.fakes.builder import FakeBuilder
from homeport.ports.fakes.clusters import FakeClusters
from homeport.ports.fakes.containers import FakeContainers
from homeport.ports.fakes.live import FakeLinks
from homeport.ports.fakes.manifests import FakeLoader
from homeport.ports.fakes.renderer import FakeRenderer
from homeport.ports.fakes.trees import FakeTrees


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
