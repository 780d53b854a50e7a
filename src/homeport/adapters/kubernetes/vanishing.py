"""Waiting until deleted objects are gone, and the truth about those that do not go."""

import asyncio
from contextlib import aclosing
from typing import Final

from homeport.adapters.kubernetes.objects import named, scope_of
from homeport.ports.cluster import Changed, Cluster, ClusterError, Gone, LinkDown, Listed, Manifest, Scope, Unreachable

LIMIT: Final = 120.0
"""Seconds until all must be gone: pods have their grace, and volumes are wiped."""


class Vanishing:
    """Waits for objects of one cluster, for ``limit`` seconds in all."""

    def __init__(self, cluster: Cluster, limit: float) -> None:
        self._cluster = cluster
        self._limit = limit
        self._until = asyncio.get_running_loop().time() + limit

    async def all_of(self, scope: Scope) -> None:
        """Wait until nothing is in a scope. Raises ClusterError, with who holds what is left."""
        left: dict[str, Manifest] = {}
        down = ""
        try:
            async with asyncio.timeout_at(self._until), aclosing(self._cluster.watch(scope)) as news:
                async for each in news:
                    down = each.why if isinstance(each, LinkDown) else ""
                    if isinstance(each, Listed):
                        left = {found["metadata"]["uid"]: found for found in each.objects}
                    elif isinstance(each, Changed):
                        left[each.object["metadata"]["uid"]] = each.object
                    elif isinstance(each, Gone):
                        left.pop(each.object["metadata"]["uid"], None)
                    if not left and not down:
                        return
        except TimeoutError:
            if down:
                raise Unreachable(
                    f"nobody knows whether {named(scope)} is gone: {down}", hint="try again once it answers"
                ) from None
            raise self._stuck({"apiVersion": scope.api, "kind": scope.kind, **next(iter(left.values()))}) from None

    def _stuck(self, left: Manifest) -> ClusterError:
        meta = left["metadata"]
        name = named(scope_of(left))
        if holders := meta.get("finalizers"):
            return ClusterError(
                f"{name} is not gone after {self._limit:g} s: it waits for {', '.join(holders)}",
                reason="Timeout",
                hint="let whoever set this finalizer do its work, then say the same again",
            )
        return ClusterError(
            f"{name} is not gone after {self._limit:g} s",
            reason="Timeout",
            hint=f"`kubectl describe {left['kind'].lower()} {meta['name']} -n {meta.get('namespace', '')}` may say why",
        )
