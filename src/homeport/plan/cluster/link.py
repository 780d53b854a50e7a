"""Decisions about the link to a cluster: which one is meant, whether it is heard, and what rendering for it needs."""

from functools import lru_cache

from homeport.model.cluster_jobs import Scene, WatchCluster
from homeport.model.places import Site
from homeport.model.plan import Hold, Job
from homeport.model.rollouts import Linked
from homeport.model.shipped import Deployed, Imaged, Present
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.delivered import delivered, image_key
from homeport.plan.decision import advised
from homeport.plan.identity import digest


def site_of(see: Snapshot) -> Site:
    """Return which cluster is meant: as people wish, else as the file says."""
    wished, said = see.wishes.site, see.graph.site
    return Site(
        wished.context or said.context, wished.namespace or said.namespace, wished.registry or said.registry
    )  # fmt: skip


def in_cluster(see: Snapshot, names: frozenset[str]) -> tuple[str, ...]:
    """Return the wanted services, tasks and objects of the user's own whose place is the cluster, as declared."""
    able = (*see.graph.contained, *(node.name for node in see.graph.manifests()))
    return tuple(name for name in able if name in names and see.place(name) == "kubernetes")


def link_of(see: Snapshot) -> Linked | None:
    """Return what is known of the link to the cluster that is meant now; what was known of another one says nothing."""
    link = see.fact(("cluster", "", 0), Linked)
    return link if link is not None and link.identity == _site_digest(site_of(see)) else None


_site_digest = lru_cache(8)(digest)
"""It is asked for every node at every plan, and is the same for all."""


def link_hold(link: Linked | None) -> Hold:
    """Return why nothing is known of the cluster yet."""
    if link is not None and link.error:
        return Hold(advised(link.error, link.hint))
    return Hold(f"the cluster is not heard: {link.down}" if link is not None and link.down else "asking the cluster")


def decide_link(see: Snapshot, pods: tuple[str, ...]) -> tuple[Job, ...]:
    """Return the job that holds the link, while something of ours is or should be in a cluster."""
    if not pods and see.fact(("present", "", 0), Present) is None:
        return ()
    site = site_of(see)
    return (WatchCluster(("cluster", "", 0), digest(site), site, _further(see)),)


def _further(see: Snapshot) -> tuple[tuple[str, str], ...]:
    """Return the kinds of the user's own objects that were applied; those of earlier houses are remembered elsewhere."""
    done = (see.fact(("deploy", node.name, 0), Deployed) for node in see.graph.manifests())
    return tuple(dict.fromkeys(kind for each in done if each is not None for kind in each.further))


def kept_link(see: Snapshot) -> tuple[Job, ...]:
    """Return the job that holds the link, as it is, for those who still need it when everything ends."""
    link = link_of(see)
    job = ("cluster", "", 0)
    return (WatchCluster(job, link.identity, site_of(see), _further(see)),) if link is not None else ()


def scene_of(see: Snapshot, link: Linked, names: tuple[str, ...]) -> Scene:
    """Return what rendering these nodes needs. Images of others would make the job another one with each of their builds."""
    images: dict[str, str] = {}
    commands: dict[str, tuple[str, ...]] = {}
    for name in names:
        image = delivered(name, "kubernetes", see)
        images[name] = "" if isinstance(image, Hold) else image
        made = see.fact(image_key(see.graph.image_of.get(name, ""), "kubernetes"), Imaged)
        if made is not None and made.argv:
            commands[name] = made.argv
    site = site_of(see)
    there = Site(link.context or site.context, link.namespace, site.registry)
    return Scene(see.graph, there, images, commands, dict(see.wishes.options), dict(see.wishes.replicas))
