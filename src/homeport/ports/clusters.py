"""The clusters that a house may use, each pinned, and what is prepared for it there."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from homeport.model.places import Site
from homeport.ports.builder import Destination
from homeport.ports.cluster import Cluster


class Delivery(Struct, frozen=True):
    """How images reach a cluster: ``to`` their destination, under names that begin with ``push`` for us and ``pull`` for it."""

    to: Destination
    push: str
    pull: str

    def pulled(self, name: str) -> str:
        """Return what the cluster calls an image that was brought under ``name``."""
        return self.pull + name.removeprefix(self.push)


class Node(Struct, frozen=True):
    """What the nodes of a cluster are like: their ``architecture``, and an image that every one of them has, or can have."""

    architecture: str = "amd64"
    pause: str = "registry.k8s.io/pause:3.10"


class Opened(Protocol):
    """One cluster while it is open."""

    @property
    def cluster(self) -> Cluster:
        """The cluster."""
        ...

    @property
    def context(self) -> str:
        """Its name for people."""
        ...

    @property
    def namespace(self) -> str:
        """Where everything of this instance is."""
        ...

    @property
    def makes_namespace(self) -> bool:
        """Whether the namespace is our own to make."""
        ...

    @property
    def owner(self) -> str:
        """The id by which objects are known as this instance's."""
        ...

    @property
    def kinds(self) -> Collection[tuple[str, str]]:
        """The further kinds of which this instance has, or had, objects here."""
        ...

    async def node(self) -> Node:
        """Return what its nodes are like."""
        ...

    async def delivery(self) -> Delivery:
        """Return how images get there. Raises OutsideError when there is no way."""
        ...

    def keep(self, services: Collection[str], kinds: Collection[tuple[str, str]] = ()) -> None:
        """Remember that these services have objects here, and of which further kinds (blocking).

        To be called before the first of them is made. Raises OutsideError when it cannot be remembered.
        """
        ...


class Clusters(Protocol):
    """Opens clusters."""

    def open(self, site: Site) -> AbstractAsyncContextManager[Opened]:
        """Open the cluster that is meant, for a block; it stays that one whatever happens to configuration files meanwhile.

        Raises RefusedError for one that was not allowed, OutsideError when nothing says where it is.
        """
        ...
