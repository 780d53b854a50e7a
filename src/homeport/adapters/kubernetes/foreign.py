"""Who else has something in a namespace: asked before it is removed, since everything in it would go as well."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from homeport.adapters.kubernetes.kinds import USUAL
from homeport.adapters.kubernetes.objects import named, scope_of
from homeport.model.ownership import OWNER
from homeport.ports.cluster import Cluster, ClusterError, Manifest, Scope

_EVENT: Final = ("v1", "Event")
_DEFINITIONS: Final = Scope("apiextensions.k8s.io/v1", "CustomResourceDefinition")
_EVERYWHERE: Final = frozenset(
    {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt"), ("ConfigMap", "openshift-service-ca.crt")}
)
"""What the cluster itself puts into every namespace."""


async def strangers(cluster: Cluster, namespace: str, owner: str) -> list[str]:
    """Return what is in a namespace and not of ``owner``; what cannot be looked at counts as one more. Raises ClusterError."""
    found: list[str] = []
    try:
        async for api, kind in _kinds(cluster):
            there = await listed(cluster, Scope(api, kind, namespace))
            found += [_named(each) for each in there if not _is_nobodys(kind, each, owner)]
    except ClusterError as error:
        if error.code != 403:
            raise
        found.append("what we may not look at")
    return found


async def listed(cluster: Cluster, scope: Scope) -> Sequence[Manifest]:
    """Return what is in a scope; of a kind that the cluster does not know, there is nothing. Raises ClusterError."""
    try:
        return await cluster.list(scope)
    except ClusterError as error:
        if error.code == 404:
            return ()
        raise


async def _kinds(cluster: Cluster) -> AsyncIterator[tuple[str, str]]:
    """Yield every kind whose objects live in namespaces: the usual ones, and those that somebody defined."""
    for kind, place in USUAL.items():
        if place.namespaced and kind != _EVENT:
            yield kind
    for definition in await listed(cluster, _DEFINITIONS):
        spec = definition["spec"]
        if spec["scope"] == "Namespaced":
            served = next((version["name"] for version in spec["versions"] if version["served"]), None)
            if served is not None:
                yield f"{spec['group']}/{served}", spec["names"]["kind"]


def _is_nobodys(kind: str, each: Manifest, owner: str) -> bool:
    """Whether nobody else would miss an object: ours, on its way out, of its controller's making, or the cluster's own."""
    meta = each["metadata"]
    return (
        meta.get("labels", {}).get(OWNER) == owner
        or "deletionTimestamp" in meta
        or any(holder.get("controller") for holder in meta.get("ownerReferences", ()))
        or (kind, meta["name"]) in _EVERYWHERE
        or (kind == "Secret" and each.get("type") == "kubernetes.io/service-account-token")
    )


def _named(each: Manifest) -> str:
    scope = scope_of(each)
    return named(Scope(scope.api, scope.kind, name=scope.name))
