"""Removing what an instance has on clusters, as its records tell."""

from collections.abc import Callable, Mapping

from homeport.adapters.kubernetes import clearing
from homeport.adapters.kubernetes.clearing import Cleared, Estate
from homeport.machine.clusters.record import Record
from homeport.session.clusters import recorded


async def clear(
    record: Record, environ: Mapping[str, str], user: int, *, data: bool, say: Callable[[str], None]
) -> Cleared:
    """Remove what an instance has at one place, volumes only with ``data``. Raises ClusterError, RefusedError."""
    async with recorded(record, environ, user) as cluster:
        return await clearing.clear(cluster, estate_of(record), data=data, say=say)


async def volumes(record: Record, environ: Mapping[str, str], user: int) -> tuple[str, ...]:
    """Return the names of the volumes that an instance has at one place."""
    async with recorded(record, environ, user) as cluster:
        return await clearing.volumes(cluster, estate_of(record))


def estate_of(record: Record) -> Estate:
    """Return what a record says that there may be."""
    return Estate(record.namespace, record.owner, record.kinds, record.made)
