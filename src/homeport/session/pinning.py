"""The clusters of one house: pinned when the house first looks, and kept in the instance's record."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from msgspec.structs import replace

from homeport.adapters.images.hosting import announced, no_way, without_registry
from homeport.adapters.images.registry import is_loopback
from homeport.adapters.kubernetes.access import Access
from homeport.machine.clusters.record import Record, Records
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.instance import Instance
from homeport.model.places import Site
from homeport.ports.builder import ToRegistry
from homeport.ports.cluster import Cluster, ClusterError, Manifest, Scope
from homeport.ports.clusters import Delivery, Node, Opened
from homeport.session.clusters import opened, permitted, pinned, remembered

_HOSTING: Final = Scope("v1", "ConfigMap", "kube-public", name="local-registry-hosting")
_LOADED: Final = "localhost"
"""The registry in the names of images that are loaded into nodes: nobody would ask it."""


class HouseClusters:
    """Keeps ``ports.clusters.Clusters``' promise for one instance. ``allow``: contexts named now are allowed."""

    def __init__(
        self, instance: Instance, folders: Folders, environ: Mapping[str, str], user: int, *, allow: bool
    ) -> None:
        self._instance = instance
        self._folders = folders
        self._environ = environ
        self._user = user
        self._allow = allow
        self._pinned: dict[str | None, Access] = {}

    def pin(self, site: Site) -> Access:
        """Return how to speak to the cluster that is meant, the same for the whole life of the house.

        Without a context that somebody named it is the one where this instance has something, else the current one.
        """
        if site.context not in self._pinned:
            last = next(iter(reversed(Records(self._instance.folder).all())), None) if site.context is None else None
            if last is not None:
                found = remembered(last.context, last.server, self._environ, self._user)
            else:
                found = pinned(self._environ, self._user, site.context)
            permitted(found, self._folders, allow=self._allow)
            self._pinned[site.context] = found
        return self._pinned[site.context]

    @asynccontextmanager
    async def open(self, site: Site) -> AsyncIterator[Opened]:
        """Open the cluster that is meant for a block."""
        access = self.pin(site)
        records = Records(self._instance.folder)
        record = Record(
            access.context,
            access.server,
            site.namespace or self._instance.name,
            records.owner(),
            made=site.namespace is None,
        )
        async with opened(access, self._environ) as cluster:
            yield OpenCluster(cluster, record, records, site)


class OpenCluster:
    """One cluster while it is open."""

    def __init__(self, cluster: Cluster, record: Record, records: Records, site: Site) -> None:
        self.cluster = cluster
        self._record = record
        self._records = records
        self._site = site
        self._delivery: Delivery | None = None
        before = next((each for each in records.all() if each.place == record.place), None)
        self._kinds: tuple[tuple[str, str], ...] = before.kinds if before is not None else ()
        self._node: Node | None = None

    @property
    def context(self) -> str:
        """Its name for people."""
        return self._record.context

    @property
    def namespace(self) -> str:
        """Where everything of this instance is."""
        return self._record.namespace

    @property
    def makes_namespace(self) -> bool:
        """Whether the namespace is our own to make."""
        return self._record.made

    @property
    def owner(self) -> str:
        """The id by which objects are known as this instance's."""
        return self._record.owner

    @property
    def kinds(self) -> Collection[tuple[str, str]]:
        """The further kinds of which this instance has, or had, objects here."""
        return self._kinds

    def keep(self, services: Collection[str], kinds: Collection[tuple[str, str]] = ()) -> None:
        """Remember what has objects here: these services, and kinds that were ever among the user's own objects."""
        before = next((each for each in self._records.all() if each.place == self._record.place), None)
        brought = (*(before.kinds if before is not None else ()), *kinds)
        self._kinds = tuple(dict.fromkeys(brought))
        self._records.keep(replace(self._record, services=tuple(dict.fromkeys(services)), kinds=self._kinds))

    async def node(self) -> Node:
        """Return what a node of the cluster is like; where nobody may look, the usual."""
        if self._node is None:
            self._node = _like(await self._a_node())
        return self._node

    async def delivery(self) -> Delivery:
        """Return how images get there: by the registry that was named, or announced, or by the cluster's own tool."""
        if self._delivery is None:
            self._delivery = await self._found_delivery()
        return self._delivery

    async def _found_delivery(self) -> Delivery:
        if (named := self._site.registry) is not None:
            return Delivery(ToRegistry(plain=is_loopback(named)), named, named)
        told, hidden = await self._announcement()
        registry = announced(told) if told is not None else None
        if registry is not None:
            return Delivery(ToRegistry(plain=True), registry.push, registry.pull)
        found = await self._a_node() or {}
        labels = found.get("metadata", {}).get("labels") or {}
        runtime = str(_info(found).get("containerRuntimeVersion", ""))
        to = without_registry(self._record.context, "", labels, runtime)
        if to is None:
            raise no_way(self._record.context, hidden=hidden)
        return Delivery(to, _LOADED, _LOADED)

    async def _announcement(self) -> tuple[Manifest | None, bool]:
        """Return what the cluster announces, and whether that is hidden from this user."""
        try:
            return await self.cluster.get(_HOSTING), False
        except ClusterError as error:
            if error.code != 403:
                raise
            return None, True

    async def _a_node(self) -> Manifest | None:
        try:
            return next(iter(await self.cluster.list(Scope("v1", "Node"))), None)
        except ClusterError as error:
            if error.code != 403:
                raise
            return None


def _info(node: Manifest) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (node.get("status") or {}).get("nodeInfo") or {}
    return found


def _like(node: Manifest | None) -> Node:
    if node is None:
        return Node()
    names = [name for image in (node.get("status") or {}).get("images") or () for name in image.get("names") or ()]
    pause = next((name for name in names if "/pause:" in name and "@" not in name), Node().pause)
    return Node(str(_info(node).get("architecture") or Node().architecture), pause)
