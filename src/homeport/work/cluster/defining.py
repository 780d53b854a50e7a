"""Kinds that somebody defines: whether their objects live in namespaces, and since when the cluster knows them."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, Final

from homeport.aio.together import together
from homeport.ports.cluster import Changed, Cluster, ClusterError, Listed, Manifest, Scope
from homeport.work.cluster.seeing import is_true

LIMIT: Final = 30.0
"""Seconds that a cluster has to take up a definition."""
AGAIN: Final = 0.1
"""Seconds until it is asked again whether it serves a kind that it took up."""

_DEFINITION: Final = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


async def cluster_wide(cluster: Cluster, read: Sequence[Manifest]) -> frozenset[str]:
    """Return the kinds among these objects that are in no namespace; what they define themselves is not asked for.

    Raises ClusterError for a kind that the cluster does not know.
    """
    own = {kind for made in read for kind in _served(made)}
    asked = list(dict.fromkeys((str(made["apiVersion"]), str(made["kind"])) for made in read))
    asked = [kind for kind in asked if kind not in own]
    found = await together(*(cluster.is_namespaced(*kind) for kind in asked))
    return frozenset(kind for (_, kind), namespaced in zip(asked, found, strict=True) if not namespaced)


async def await_defined(cluster: Cluster, made: Manifest) -> None:
    """Wait until the cluster serves what an object defines, if it defines anything. Raises ClusterError after a while."""
    if (made["apiVersion"], made["kind"]) != _DEFINITION:
        return
    name = made["metadata"]["name"]
    try:
        async with asyncio.timeout(LIMIT):
            await _established(cluster, name)
            for api, kind in _served(made):
                await _served_now(cluster, api, kind)
    except TimeoutError:
        what = f'the definition "{name}" was not taken up within {LIMIT:g} s'
        raise ClusterError(what, reason="Timeout", code=504, hint=f'see "kubectl describe crd {name}"') from None


async def _established(cluster: Cluster, name: str) -> None:
    async with aclosing(cluster.watch(Scope(*_DEFINITION, name=name))) as news:
        async for each in news:
            found = each.objects if isinstance(each, Listed) else (each.object,) if isinstance(each, Changed) else ()
            if any(is_true(one, "Established") for one in found):
                return


async def _served_now(cluster: Cluster, api: str, kind: str) -> None:
    while True:
        try:
            await cluster.is_namespaced(api, kind)
        except ClusterError as error:
            if error.code not in (404, 503):
                raise
            await asyncio.sleep(AGAIN)  # what the cluster serves is told a moment after the definition
        else:
            return


def _served(made: Manifest) -> list[tuple[str, str]]:
    """Return the kinds that an object defines, as API and kind."""
    spec: dict[str, Any] = made.get("spec") or {}
    if made["kind"] != _DEFINITION[1]:
        return []
    served = [version for version in spec.get("versions") or () if version.get("served", True)]
    return [
        (f"{spec.get('group')}/{version.get('name')}", str((spec.get("names") or {}).get("kind"))) for version in served
    ]
