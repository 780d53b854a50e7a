"""Where a service is: its house knows; without one, what the instance remembers of clusters, and their labels, tell."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from homeport.cli.call import Call
from homeport.cli.inside.naming import Meant, chosen
from homeport.cli.inside.within import demand_container
from homeport.cli.offline import instance_of
from homeport.cli.place import NotRunningError, socket_of
from homeport.client.client import Client
from homeport.machine.clusters.record import Record, Records
from homeport.machine.instances.folders import folders_of
from homeport.model.errors import OutsideError, RefusedError
from homeport.model.ownership import owned_by
from homeport.model.whereabouts import PodAt, Whereabouts
from homeport.ports.cluster import Cluster, Manifest, Scope, Target


class Found(Struct, frozen=True):
    """A node and where it runs. ``records`` are places to look at, when no house could tell: the newest last."""

    meant: Meant
    where: Whereabouts
    records: tuple[Record, ...] = ()


def find(call: Call, wanted: Meant) -> Found:
    """Ask the house, or look into what is remembered. Raises NotRunningError when nothing runs anywhere."""
    path = socket_of(call)
    if path is not None:
        client = Client(path)
        told = client.where(wanted.name)
        where = msgspec.convert(told["where"], Whereabouts)
        if where.place == "kubernetes" and not where.server:
            where = _completed(call, client, where)
        return Found(replace(wanted, name=told["name"]), where)
    try:
        records = Records(instance_of(call).folder).all()
    except RefusedError:
        records = ()
    standing = tuple(record for record in records if not record.cleared)
    if not standing:
        raise NotRunningError
    return Found(wanted, Whereabouts("kubernetes"), standing)


def _completed(call: Call, client: Client, where: Whereabouts) -> Whereabouts:
    """Return the place with the server that it was noted down with."""
    records = Records(folders_of(call.environ).instance(client.status().instance)).all()
    fits = [each for each in records if (each.context, each.namespace) == (where.context, where.namespace)]
    if not fits:
        raise OutsideError("the house has nothing on a cluster yet", hint="wait until it is ready: `homeport wait`")
    return replace(where, server=fits[-1].server)


@asynccontextmanager
async def entered(call: Call, found: Found, container: str | None) -> AsyncIterator[tuple[Cluster, Target]]:
    """Open the cluster in which a node runs, and say which container of which pod is meant.

    Raises RefusedError when the context leads elsewhere by now, or there is no such pod or container; OutsideError.
    """
    from homeport.session import clusters

    if not found.records:
        where = found.where
        access = clusters.remembered(where.context, where.server, call.environ, os.getuid())
        async with clusters.opened(access, call.environ) as cluster:
            pod = chosen(found.meant, where.pods)
            yield cluster, await _target(cluster, where.namespace, pod, found.meant.name, container)
        return
    for record in reversed(found.records):
        async with clusters.recorded(record, call.environ, os.getuid()) as cluster:
            labels = owned_by(record.owner, found.meant.name)
            pods = await _pods(cluster, Scope("v1", "Pod", record.namespace, labels=labels), found.meant.name)
            if pods or record is found.records[0]:
                pod = chosen(found.meant, pods)
                yield cluster, await _target(cluster, record.namespace, pod, found.meant.name, container)
                return


async def _pods(cluster: Cluster, scope: Scope, name: str) -> tuple[PodAt, ...]:
    """Return the pods of a node, the oldest first."""
    there = [each for each in await cluster.list(scope) if "deletionTimestamp" not in each["metadata"]]
    there.sort(key=lambda each: (each["metadata"].get("creationTimestamp", ""), each["metadata"]["name"]))
    return tuple(_at(each, name) for each in there)


def _at(pod: Manifest, name: str) -> PodAt:
    names = [each["name"] for each in pod.get("spec", {}).get("containers", ())]
    conditions = pod.get("status", {}).get("conditions", ())
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return PodAt(pod["metadata"]["name"], name if name in names else next(iter(names), ""), ready)


async def _target(cluster: Cluster, namespace: str, pod: PodAt, node: str, container: str | None) -> Target:
    """Return the container that is meant, the node's own where nobody named one. Raises RefusedError; ClusterError."""
    if container is not None:
        there = await cluster.get(Scope("v1", "Pod", namespace, name=pod.name))
        if there is not None:
            demand_container(there, node, container)
    return Target(namespace, pod.name, container or pod.container or None)
