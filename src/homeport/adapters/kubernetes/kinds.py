"""Where objects of a kind live in the API: known for the usual kinds, asked once for all others."""

from typing import Final
from urllib.parse import quote

from msgspec import Struct

from homeport.adapters.kubernetes.failures import decoded
from homeport.adapters.kubernetes.link import Link
from homeport.ports.cluster import ClusterError, Scope, UnknownKind


class Place(Struct, frozen=True):
    """The plural by which a kind is asked for, and whether its objects live in namespaces."""

    plural: str
    namespaced: bool


class _Resource(Struct):
    name: str
    kind: str
    namespaced: bool


class _Resources(Struct):
    resources: list[_Resource] = []


def _usual(api: str, namespaced: bool, *kinds: str) -> dict[tuple[str, str], Place]:
    return {(api, kind): Place(_plural(kind), namespaced) for kind in kinds}


def _plural(kind: str) -> str:
    lower = kind.lower()
    if lower == "endpoints":
        return lower
    return f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}es" if lower.endswith("s") else f"{lower}s"


USUAL: Final = {
    **_usual("v1", False, "Namespace", "Node", "PersistentVolume"),
    **_usual("v1", True, "Pod", "Service", "ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "Event"),
    **_usual("apps/v1", True, "Deployment", "StatefulSet", "ReplicaSet", "DaemonSet"),
    **_usual("batch/v1", True, "Job", "CronJob"),
    **_usual("networking.k8s.io/v1", True, "Ingress", "NetworkPolicy"),
    **_usual("rbac.authorization.k8s.io/v1", True, "Role", "RoleBinding"),
    **_usual("rbac.authorization.k8s.io/v1", False, "ClusterRole", "ClusterRoleBinding"),
    **_usual("apiextensions.k8s.io/v1", False, "CustomResourceDefinition"),
}


class Kinds:
    """Finds paths; what was learnt is kept, what was not found is asked again, since definitions may come later."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._known: dict[tuple[str, str], Place] = dict(USUAL)

    async def path(self, scope: Scope) -> str:
        """Return the path of the scope's collection, or of the object that it names. Raises ClusterError."""
        return path_of(scope, await self._place(scope))

    async def is_namespaced(self, api: str, kind: str) -> bool:
        """Return whether objects of a kind live in namespaces. Raises ClusterError."""
        return (await self._place(Scope(api, kind))).namespaced

    async def _place(self, scope: Scope) -> Place:
        if place := self._known.get((scope.api, scope.kind)):
            return place
        what = f"looking for the kind {scope.kind} in {scope.api}"
        try:
            said = await self._link.ask("GET", _root(scope.api), what)
        except ClusterError as error:
            if error.code == 404:
                raise UnknownKind(scope.kind, scope.api) from error
            raise
        for each in decoded(what, said, _Resources).resources:
            if "/" not in each.name:  # parts of objects, such as pods/log
                self._known[scope.api, each.kind] = Place(each.name, each.namespaced)
        if place := self._known.get((scope.api, scope.kind)):
            return place
        raise UnknownKind(scope.kind, scope.api)


def path_of(scope: Scope, place: Place) -> str:
    """Return the path for a scope."""
    parts = [_root(scope.api)]
    if place.namespaced and scope.namespace:
        parts.append(f"namespaces/{quote(scope.namespace, safe='')}")
    parts.append(place.plural)
    if scope.name:
        parts.append(quote(scope.name, safe=""))
    return "/".join(parts)


def _root(api: str) -> str:
    return f"/apis/{api}" if "/" in api else f"/api/{api}"
