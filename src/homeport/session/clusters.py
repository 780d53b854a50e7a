"""The door to clusters: here a name of a context becomes a cluster to which something may be done."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from homeport.adapters.kubernetes.access import Access, in_cluster, pin
from homeport.adapters.kubernetes.local import doubt, own_addresses
from homeport.machine.clusters.allowed import Permissions
from homeport.machine.clusters.record import Record
from homeport.machine.instances.folders import Folders, home_of
from homeport.model.errors import RefusedError
from homeport.ports.cluster import Cluster

_WITHIN = "in-cluster"


def pinned(environ: Mapping[str, str], user: int, context: str | None) -> Access:
    """Return how to speak to the cluster of a context, or of the current one. Raises OutsideError."""
    if context == _WITHIN and (inside := in_cluster(environ)) is not None:
        return inside
    return pin(environ, str(home_of(environ, user)), context)


def permitted(access: Access, folders: Folders, *, allow: bool = False) -> None:
    """Raise RefusedError for a cluster that is not of this machine, unless it was allowed, now (``allow``) or earlier."""
    why = doubt(access, own_addresses())
    if not why:
        return
    permissions = Permissions(folders)
    if allow:
        permissions.allow(access.context, access.server)
    permissions.demand(access.context, access.server, why)


def remembered(context: str, server: str, environ: Mapping[str, str], user: int) -> Access:
    """Return how to speak to the cluster at ``server`` by a context; RefusedError when that leads elsewhere by now."""
    access = pinned(environ, user, context)
    if access.server != server:
        raise RefusedError(
            f'the context "{context}" leads to {access.server} by now, and what is meant is on {server}',
            hint="let the context lead there again, or name a kubeconfig in which it does: KUBECONFIG=…",
        )
    return access


@asynccontextmanager
async def opened(access: Access, environ: Mapping[str, str]) -> AsyncIterator[Cluster]:
    """Open a cluster for a block; one that is out of reach opens as well."""
    from homeport.adapters.kubernetes.cluster import open_cluster  # with the HTTP library, which few commands need

    async with open_cluster(access, environ) as cluster:
        yield cluster


def recorded(record: Record, environ: Mapping[str, str], user: int) -> AbstractAsyncContextManager[Cluster]:
    """Open the cluster of a record. Raises RefusedError when its context leads elsewhere by now."""
    return opened(remembered(record.context, record.server, environ, user), environ)
