"""One cluster that is always found, unless a test says otherwise."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from homeport.model.errors import HomeportError
from homeport.model.places import Site
from homeport.ports.builder import ToRegistry
from homeport.ports.clusters import Delivery, Node, Opened
from homeport.ports.fakes.cluster import FakeCluster


class FakeOpened:
    """A cluster while it is open."""

    def __init__(self, clusters: "FakeClusters", site: Site) -> None:
        self._clusters = clusters
        self.cluster = clusters.cluster
        self.context = site.context or "fake"
        self.namespace = site.namespace or "demo"
        self.makes_namespace = site.namespace is None
        self.owner = "owner-1"

    async def node(self) -> Node:
        """Return what its nodes are like."""
        return Node()

    async def delivery(self) -> Delivery:
        """Return how images get there: under another name than that by which they are pushed."""
        return Delivery(ToRegistry(plain=True), "localhost:5000", "registry:5000")

    def keep(self, services: Collection[str], kinds: Collection[tuple[str, str]] = ()) -> None:
        """Remember what has objects here."""
        self._clusters.kept.update(services)
        self._clusters.kinds.update(kinds)

    @property
    def kinds(self) -> Collection[tuple[str, str]]:
        """The further kinds that were remembered."""
        return tuple(sorted(self._clusters.kinds))


class FakeClusters:
    """Opens ``cluster``, or raises ``refusal``. ``kept``: services that have objects there, ``kinds`` further kinds.

    ``opened`` counts the times.
    """

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.refusal: HomeportError | None = None
        self.kept: set[str] = set()
        self.kinds: set[tuple[str, str]] = set()
        self.opened = 0

    @asynccontextmanager
    async def open(self, site: Site) -> AsyncIterator[Opened]:
        """Open the cluster for a block."""
        if self.refusal is not None:
            raise self.refusal
        self.opened += 1
        yield FakeOpened(self, site)
