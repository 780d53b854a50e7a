"""What a cluster has of the user's own objects of one node, wherever that is: asked for, since a mirror has one namespace."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from homeport.aio.together import together
from homeport.model.errors import RefusedError
from homeport.model.manifests import key_of
from homeport.model.ownership import NODE, OWNER, node_in
from homeport.ports.cluster import ClusterError, Manifest, Scope
from homeport.ports.clusters import Opened
from homeport.work.cluster.applying import scope_of

MANAGER: Final = "homeport"
_KEPT: Final = frozenset({"PersistentVolumeClaim", "PersistentVolume", "Namespace"})
"""What stays until somebody wants it gone: data, and what others may have put something into."""
_HELM: Final = "meta.helm.sh/release-name"


def is_first(made: Manifest) -> bool:
    """Whether other objects may rest on this one."""
    return made["kind"] in ("Namespace", "CustomResourceDefinition")


class Estate:
    """The objects of a node, as they were when they were asked for."""

    def __init__(self, opened: Opened, name: str, found: Iterable[Manifest], unseen: Iterable[tuple[str, str]]) -> None:
        self.unseen = frozenset(unseen)
        """The kinds that we may not look at."""
        self._opened = opened
        self._name = name
        self._found = {key_of(made, opened.namespace): made for made in found}

    @classmethod
    async def read(cls, opened: Opened, name: str, kinds: Iterable[tuple[str, str]]) -> "Estate":
        """Ask for the objects of these kinds. Raises ClusterError."""
        asked = tuple(kinds)
        found = dict(zip(asked, await together(*(_listed(opened, name, kind) for kind in asked)), strict=True))
        seen = [made for each in found.values() for made in each or ()]
        return cls(opened, name, seen, [kind for kind, each in found.items() if each is None])

    def of(self, made: Manifest) -> Manifest | None:
        """Return what there is of an object; what is being deleted is not."""
        there = self._found.get(key_of(made, self._opened.namespace))
        return None if there is None or there["metadata"].get("deletionTimestamp") else there

    async def demand_ours(self, made: Manifest) -> None:
        """Raise RefusedError when somebody else has an object of that name, naming who."""
        try:
            there = await self._opened.cluster.get(scope_of(made))
        except ClusterError as error:
            if error.code == 404:  # its definition is to come
                return
            raise
        whose = _whose(there, self._opened.owner, self._name) if there is not None else ""
        if whose:
            kind, name, space = made["kind"], made["metadata"]["name"], made["metadata"].get("namespace")
            where = f' in the namespace "{space}"' if space else ""
            raise RefusedError(
                f'the {kind} "{name}"{where} is there already and belongs to {whose}: it is left alone',
                hint="give yours another name, or remove that one if nobody needs it: "
                f'"kubectl delete {kind.lower()} {name}{f" -n {space}" if space else ""}"',
            )

    async def prune(self, made: Sequence[Manifest]) -> list[str]:
        """Remove what is not among these objects any more; return why some of it stays."""
        wanted = {key_of(each, self._opened.namespace) for each in made}
        gone = [there for key, there in self._found.items() if key not in wanted and _may_go(there)]
        kept = [there for there in gone if there["kind"] == "CustomResourceDefinition" and await self._is_used(there)]
        cluster = self._opened.cluster
        free = [there for there in gone if there not in kept]
        await together(*(cluster.delete(scope_of(there), uid=there["metadata"].get("uid")) for there in free))
        return [f'the definition "{there["metadata"]["name"]}" stays: there are objects of that kind' for there in kept]

    async def _is_used(self, definition: Manifest) -> bool:
        """Whether there are objects of a kind, which would go with its definition."""
        spec: dict[str, Any] = definition["spec"]
        version = next((each["name"] for each in spec["versions"] if each.get("served", True)), "")
        found = await _all_of(self._opened, Scope(f"{spec['group']}/{version}", spec["names"]["kind"]))
        if found is None:
            return True
        mine = [key for key in found if (key["metadata"].get("labels") or {}).get(OWNER) == self._opened.owner]
        return len(found) > len(mine)


async def _listed(opened: Opened, name: str, kind: tuple[str, str]) -> Sequence[Manifest] | None:
    return await _all_of(opened, Scope(*kind, labels=f"{OWNER}={opened.owner},{NODE}={name}"))


async def _all_of(opened: Opened, scope: Scope) -> Sequence[Manifest] | None:
    """Return what there is everywhere, or as far as we may look (None: nowhere); nothing of a kind that nobody defines."""
    try:
        return await opened.cluster.list(scope)
    except ClusterError as error:
        if error.code == 404:
            return ()
        if error.code != 403:
            raise
    try:
        return await opened.cluster.list(Scope(scope.api, scope.kind, opened.namespace, scope.labels))
    except ClusterError as error:
        if error.code == 403:
            return None
        if error.code == 404:
            return ()
        raise


def _may_go(made: Manifest) -> bool:
    leaving = made["metadata"].get("deletionTimestamp") or made["metadata"].get("ownerReferences")
    return made["kind"] not in _KEPT and not leaving


def _whose(there: Manifest, owner: str, name: str) -> str:
    """Return to whom an object belongs; nothing when it is ours, or has been."""
    meta = there["metadata"]
    labels, managers = meta.get("labels") or {}, [str(each.get("manager")) for each in meta.get("managedFields") or ()]
    if labels.get(OWNER) == owner:
        node = node_in(labels)
        return f'"{node}" of this stack' if node not in (name, None) and NODE not in labels else ""
    if OWNER in labels:
        instance = labels.get("app.kubernetes.io/instance")
        return f'another instance, "{instance}"' if instance else "another instance"
    if MANAGER in managers:
        return ""  # somebody took our label off
    if release := (meta.get("annotations") or {}).get(_HELM):
        return f'the helm release "{release}"'
    return f'"{managers[0]}"' if managers else "somebody else"
