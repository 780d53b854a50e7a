"""Removing what an instance has on a cluster: exactly its own, and nothing that another person would miss."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from msgspec import Struct

from homeport.adapters.kubernetes.foreign import listed, strangers
from homeport.adapters.kubernetes.objects import named, scope_of
from homeport.adapters.kubernetes.vanishing import LIMIT, Vanishing
from homeport.aio.together import together
from homeport.model.ownership import OWNER, owned_by
from homeport.ports.cluster import Cluster, ClusterError, Manifest, Scope

Kind = tuple[str, str]
"""API and kind: ``("apps/v1", "Deployment")``."""

RENDERED: Final[tuple[Kind, ...]] = (
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "Job"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "ServiceAccount"),
)
"""What we make ourselves, besides volumes and the namespace; who starts pods comes first, so that none comes back."""

_CLAIM: Final = ("v1", "PersistentVolumeClaim")
_VOLUME: Final = ("v1", "PersistentVolume")
_NAMESPACE: Final = ("v1", "Namespace")
_DEFINITION: Final = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
_AT_ONCE: Final = 16
"""Objects whose deletion is asked for at a time."""
_APART: Final = frozenset({_CLAIM, _VOLUME, _NAMESPACE, _DEFINITION})


class Estate(Struct, frozen=True):
    """What an instance may have: objects with its ``owner`` in ``namespace``, and of ``kinds`` wherever they are.

    ``made``: the namespace is its own.
    """

    namespace: str
    owner: str
    kinds: tuple[Kind, ...] = ()
    made: bool = False


class Cleared(Struct, frozen=True):
    """What became of an estate: ``removed`` objects, ``volumes`` that stay, and ``stays``: why other things do.

    ``namespace``: it was removed.
    """

    removed: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    namespace: bool = False


async def volumes(cluster: Cluster, estate: Estate) -> tuple[str, ...]:
    """Return the names of the volumes in an estate. Raises ClusterError."""
    kinds = (_CLAIM, *([_VOLUME] if _VOLUME in estate.kinds else []))
    found = [each for kind in kinds for each in await _owned(cluster, estate, kind)]
    return tuple(str(each["metadata"]["name"]) for each in found)


async def clear(
    cluster: Cluster, estate: Estate, *, data: bool, say: Callable[[str], None], limit: float = LIMIT
) -> Cleared:
    """Remove an estate and return once it is gone; ``say`` hears of the volumes, which go only with ``data``.

    Raises ClusterError, also when something is not gone after ``limit`` seconds.
    """
    return await _Clearing(cluster, estate, Vanishing(cluster, limit)).run(data=data, say=say)


class _Clearing:
    def __init__(self, cluster: Cluster, estate: Estate, vanishing: Vanishing) -> None:
        self._cluster = cluster
        self._estate = estate
        self._vanishing = vanishing
        self._removed: list[str] = []
        self._stays: list[str] = []

    async def run(self, *, data: bool, say: Callable[[str], None]) -> Cleared:
        custom = [kind for kind in self._estate.kinds if _is_custom(kind)]
        usual = [kind for kind in self._estate.kinds if kind not in {*custom, *RENDERED, *_APART}]
        await self._remove(custom)  # while whoever looks after them still runs
        await self._remove([*RENDERED, *usual])
        await self._remove_definitions()
        kept = await volumes(self._cluster, self._estate)
        if data and kept:
            say(f"removing {plural('volume', len(kept))} {', '.join(kept)}")
            await self._remove([_CLAIM, *([_VOLUME] if _VOLUME in self._estate.kinds else [])])
            kept = ()
        namespace = False
        for each in await self._namespaces():
            gone = await self._remove_namespace(each, kept)
            namespace |= gone and each["metadata"]["name"] == self._estate.namespace
        return Cleared(tuple(self._removed), kept, tuple(self._stays), namespace)

    async def _remove(self, kinds: Sequence[Kind]) -> None:
        """Remove what we have of these kinds, in this order, and wait until it is gone."""
        asked = [kind for kind in kinds if await self._ask(await _owned(self._cluster, self._estate, kind))]
        for kind in asked:
            await self._vanishing.all_of(await _scope(self._cluster, self._estate, kind))

    async def _ask(self, found: Sequence[Manifest]) -> bool:
        """Ask that objects be deleted; return whether there were any. What has a controller goes with that."""
        free = [each for each in found if not _is_controlled(each)]
        for start in range(0, len(free), _AT_ONCE):
            self._removed += filter(None, await together(*map(self._delete, free[start : start + _AT_ONCE])))
        return bool(found)

    async def _delete(self, found: Manifest) -> str:
        """Ask that this very object be deleted; return what it was, nothing when it was gone."""
        scope = scope_of(found)
        return _told(scope) if await self._cluster.delete(scope, uid=found["metadata"]["uid"]) else ""

    async def _remove_definitions(self) -> None:
        """Remove the kinds that we defined, unless somebody has objects of them, which would go as well."""
        if _DEFINITION not in self._estate.kinds:
            return
        for each in await _owned(self._cluster, self._estate, _DEFINITION):
            spec = each["spec"]
            api = f"{spec['group']}/{next(version['name'] for version in spec['versions'] if version['served'])}"
            if await listed(self._cluster, Scope(api, spec["names"]["kind"])):
                self._stays.append(f"{_told(scope_of(each))} stays: others have objects of that kind")
            elif await self._ask([each]):
                await self._vanishing.all_of(Scope(*_DEFINITION, name=each["metadata"]["name"]))

    async def _namespaces(self) -> Sequence[Manifest]:
        found = list(await _owned(self._cluster, self._estate, _NAMESPACE)) if _NAMESPACE in self._estate.kinds else []
        if self._estate.made and not any(each["metadata"]["name"] == self._estate.namespace for each in found):
            own = await self._cluster.get(Scope(*_NAMESPACE, name=self._estate.namespace))
            if own is not None and own["metadata"].get("labels", {}).get(OWNER) == self._estate.owner:
                found.append({"apiVersion": "v1", "kind": "Namespace", **own})
        return found

    async def _remove_namespace(self, namespace: Manifest, volumes: Collection[str]) -> bool:
        """Remove a namespace of ours in which nobody else has anything; return whether it is gone."""
        name = namespace["metadata"]["name"]
        if volumes:
            return False  # told with the volumes
        if others := await strangers(self._cluster, name, self._estate.owner):
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            self._stays.append(f'the namespace "{name}" stays: {", ".join(others[:3])}{more} in it')
            return False
        if await self._ask([namespace]):
            await self._vanishing.all_of(Scope(*_NAMESPACE, name=name))
        return True


async def _owned(cluster: Cluster, estate: Estate, kind: Kind) -> Sequence[Manifest]:
    """Return what we have of a kind. One whose definition is gone has no objects."""
    return await listed(cluster, await _scope(cluster, estate, kind))


async def _scope(cluster: Cluster, estate: Estate, kind: Kind) -> Scope:
    """Return where our objects of a kind are: manifests of users may be in any namespace, if we may look there."""
    everywhere = Scope(*kind, labels=owned_by(estate.owner))
    within = Scope(*kind, namespace=estate.namespace, labels=owned_by(estate.owner))
    if kind not in estate.kinds:
        return within
    try:
        await cluster.list(everywhere)
    except ClusterError as error:
        if error.code == 403:
            return within
        if error.code != 404:
            raise
    return everywhere


def _is_controlled(each: Manifest) -> bool:
    return any(owner.get("controller") for owner in each["metadata"].get("ownerReferences", ()))


def _is_custom(kind: Kind) -> bool:
    """Whether a kind was defined by somebody: the built-in groups are short, or Kubernetes' own."""
    group = kind[0].rpartition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


def _told(scope: Scope) -> str:
    return named(Scope(scope.api, scope.kind, name=scope.name))


def plural(word: str, count: int) -> str:
    """Return the word for one or for several."""
    return word if count == 1 else f"{word}s"
