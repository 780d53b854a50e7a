"""Bring a node's objects, or what all nodes share, to the cluster."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from homeport.aio.threads import in_thread
from homeport.model.cluster_jobs import Deploy, DeployCommon
from homeport.model.errors import HomeportError, RefusedError
from homeport.model.ownership import OWNER
from homeport.model.shipped import Deployed
from homeport.ports.cluster import Cluster, ClusterError, Manifest, Scope
from homeport.ports.clusters import Opened
from homeport.ports.report import Report
from homeport.work.cluster.applying import WORKLOADS, apply, bring, differs, lost, remove
from homeport.work.cluster.refused import refused
from homeport.work.cluster.seeing import digest_of
from homeport.work.cluster.values import identity_of, values_of
from homeport.work.outside import Outside
from homeport.work.seen.mirror import Mirror

SEEN: Final = 5.0
"""Seconds that the news of an applied object may take."""


async def deploy_common(job: DeployCommon, outside: Outside, report: Report) -> None:
    """Make the namespace where it is ours, and bring the declared secrets and the helper."""
    try:
        opened = await outside.cloud.opened()
        values = await in_thread(lambda: values_of(job.scene.graph, outside))
        objects = outside.renderer.common(job.scene, await identity_of(opened, outside), values)
        await in_thread(lambda: opened.keep(tuple(job.scene.images)))
        for made in objects:
            if made["kind"] == "Namespace":
                await _own(opened, made, outside.cloud.mirror)
        if not opened.makes_namespace:
            await _demand(opened, outside.cloud.mirror)
        rest = [made for made in objects if made["kind"] != "Namespace"]
        await bring(opened.cluster, outside.cloud.mirror, rest)
        report.put(job.key, Deployed(job.identity, at=outside.clock.now()))
    except HomeportError as error:
        report.put(job.key, refused(job, error, outside, "SERVICE"))


async def deploy(job: Deploy, outside: Outside, report: Report) -> None:
    """Apply what differs of a node's objects, and remove those that are not rendered any more."""
    try:
        opened = await outside.cloud.opened()
        values = await in_thread(lambda: values_of(job.scene.graph, outside))
        who = await identity_of(opened, outside)
        objects = outside.renderer.node(job.scene, who, values, job.name, job.turn)
        mirror = outside.cloud.mirror
        changed = await bring(opened.cluster, mirror, objects, force=job.force)
        await remove(opened.cluster, [made for made in lost(mirror, job.name, objects) if not _relays(made)])
        if changed:
            await _until_seen(objects, mirror)
        workloads = sorted((made for made in objects if made["kind"] in WORKLOADS), key=_kind_and_name)
        digest = ",".join(map(digest_of, workloads))  # in the order in which a rollout tells them
        kinds = {made["kind"] for made in objects if (made["apiVersion"], made["kind"]) in mirror.listed}
        now = outside.clock.now()
        report.put(job.key, Deployed(job.identity, digest, kinds=tuple(sorted(kinds)), at=now))
    except HomeportError as error:
        node = job.scene.graph.nodes.get(job.name)
        declared = node.at.below(job.scene.graph.root) if node is not None else ""
        report.put(job.key, refused(job, error, outside, job.name, declared))


async def _until_seen(objects: Sequence[Manifest], mirror: Mirror) -> None:
    """Wait a moment for the news of what was applied: before them, the rollout that is known is one of something older."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SEEN):
            await mirror.until(lambda mirror: not any(differs(made, mirror) for made in objects))


async def _namespace(cluster: Cluster, name: str, mirror: Mirror) -> Manifest | None:
    """Return a namespace as the mirror has it, or else as the cluster does."""
    return mirror.get("v1", "Namespace", name) or await cluster.get(Scope("v1", "Namespace", name=name))


async def _demand(opened: Opened, mirror: Mirror) -> None:
    """Raise RefusedError when the namespace that somebody named is not there. Who may not look is told by what follows."""
    try:
        there = await _namespace(opened.cluster, opened.namespace, mirror)
    except ClusterError as error:
        if error.code == 403:
            return
        raise
    if there is None:
        raise RefusedError(
            f'there is no namespace "{opened.namespace}" on {opened.context}',
            hint=f'make it: "kubectl create namespace {opened.namespace}"; or --namespace "" takes one of our own',
        )


async def _own(opened: Opened, made: Manifest, mirror: Mirror) -> None:
    """Make the namespace, unless it is there; another instance's is refused."""
    name = made["metadata"]["name"]
    there = await _namespace(opened.cluster, name, mirror)
    if there is not None:
        labels = there["metadata"].get("labels") or {}
        if labels.get(OWNER) == opened.owner and not there["metadata"].get("deletionTimestamp"):
            return
        if labels.get(OWNER) == opened.owner:
            raise ClusterError(
                f'the namespace "{name}" of {opened.context} is being deleted', reason="Conflict", code=409
            )
        if labels.get(OWNER) != opened.owner:
            whose = "another instance" if OWNER in labels else "somebody else"
            raise RefusedError(
                f'the namespace "{name}" of {opened.context} belongs to {whose}',
                hint="name one that may be used by --namespace, or call this instance otherwise by --instance",
            )
    await apply(opened.cluster, made)


def _relays(made: Manifest) -> bool:
    return (made["metadata"].get("labels") or {}).get("app.kubernetes.io/component") == "relay"


def _kind_and_name(made: Manifest) -> tuple[str, str]:
    return made["kind"], made["metadata"]["name"]
