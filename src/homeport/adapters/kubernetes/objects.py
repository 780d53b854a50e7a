"""Objects: get, list by pages, apply on the server's side, delete."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from homeport.adapters.kubernetes.failures import decoded
from homeport.adapters.kubernetes.kinds import Kinds
from homeport.adapters.kubernetes.link import Link
from homeport.ports.cluster import ClusterError, Manifest, Scope

T = TypeVar("T")

MANAGER: Final = "homeport"
_PAGE: Final = 500
_PATIENT: Final = 30.0
"""Seconds for changes: the cluster may ask webhooks about them."""
_AT_ONCE: Final = 16
"""Objects that are asked for or changed at a time: more would each cost a connection with its keys, and end no sooner."""


class Meta(Struct, rename="camel"):
    """What every list says of itself."""

    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")


class Page(Struct, Generic[T]):
    """A part of a list."""

    items: list[T]
    metadata: Meta = msgspec.field(default_factory=Meta)


class Objects:
    """Objects of all kinds. ``kind``: the type that a result is decoded as, a Struct or ``dict``."""

    def __init__(self, link: Link, kinds: Kinds, manager: str = MANAGER) -> None:
        self._link = link
        self._manager = manager
        self._kinds = kinds
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def get(self, scope: Scope, kind: type[T]) -> T | None:
        """Return the named object, or None. Raises ClusterError."""
        try:
            path, what = await self._kinds.path(scope), f"look at {named(scope)}"
            async with self._turns:
                said = await self._link.ask("GET", path, what)
        except ClusterError as error:
            if error.code == 404:
                return None
            raise
        return decoded(what, said, kind)

    async def list(self, scope: Scope, kind: type[T]) -> tuple[list[T], str]:
        """Return all objects in the scope, and the version of the whole at which they are so."""
        path, query, what = await self._kinds.path(collection(scope)), filters(scope), f"list of {named(scope)}"
        found: list[T] = []
        more = ""
        while True:
            pages = [("limit", str(_PAGE)), *([("continue", more)] if more else [])]
            try:
                said = await self._link.ask("GET", path, what, [*query, *pages])
            except ClusterError as error:
                if error.code != 410 or not more:
                    raise
                found, more = [], ""  # the snapshot that the pages are of is too old: from the beginning
                continue
            page: Page[T] = decoded(what, said, Page[kind])  # type: ignore[valid-type]
            found += page.items
            more = page.metadata.continue_
            if not more:
                return found, page.metadata.resource_version

    async def apply(self, manifest: Manifest, *, force: bool, dry: bool) -> dict[str, Any]:
        """Apply under our field manager and return the result. Raises FieldConflict, ClusterError."""
        scope = scope_of(manifest)
        query = [
            ("fieldManager", self._manager),
            ("force", "true" if force else "false"),
            ("fieldValidation", "Strict"),
        ]
        if dry:
            query.append(("dryRun", "All"))
        path, what = await self._kinds.path(scope), f"apply of {named(scope)}"
        async with self._turns:
            said = await self._link.ask("PATCH", path, what, query, msgspec.json.encode(manifest), limit=_PATIENT)
        return decoded(what, said, dict[str, Any])

    async def delete(self, scope: Scope, *, uid: str | None, grace: int | None) -> bool:
        """Delete the named object and, behind it, what it owns; return whether it was there."""
        wish: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        if uid is not None:
            wish["preconditions"] = {"uid": uid}
        if grace is not None:
            wish["gracePeriodSeconds"] = grace
        path, what = await self._kinds.path(scope), f"delete of {named(scope)}"
        try:
            async with self._turns:
                await self._link.ask(
                    "DELETE", path, what, body=msgspec.json.encode(wish), kind="application/json", limit=_PATIENT
                )
        except ClusterError as error:
            # Another object of that name has another uid: ours is gone.
            if error.code == 404 or (error.code == 409 and uid is not None and "uid" in error.what.lower()):
                return False
            raise
        return True


def scope_of(manifest: Manifest) -> Scope:
    """Return the scope that means one object. Raises ClusterError when it does not say what it is."""
    meta = manifest.get("metadata")
    name = meta.get("name") if isinstance(meta, Mapping) else None
    api, kind = manifest.get("apiVersion"), manifest.get("kind")
    if not (isinstance(api, str) and isinstance(kind, str) and isinstance(name, str) and isinstance(meta, Mapping)):
        raise ClusterError(
            f"an object says too little of itself: apiVersion {api!r}, kind {kind!r}, metadata.name {name!r}",
            reason="Invalid",
            hint="give it apiVersion, kind and metadata.name",
        )
    return Scope(api, kind, meta.get("namespace"), name=name)


def collection(scope: Scope) -> Scope:
    """Return the scope of all objects beside the named one."""
    return Scope(scope.api, scope.kind, scope.namespace)


def filters(scope: Scope) -> list[tuple[str, str]]:
    """Return the query that keeps a collection to the scope."""
    query = [("labelSelector", scope.labels)] if scope.labels else []
    return query + ([("fieldSelector", f"metadata.name={scope.name}")] if scope.name else [])


def named(scope: Scope) -> str:
    """Return the scope for people: ``Deployment "api" in "shop"``."""
    name = f' "{scope.name}"' if scope.name else ""
    return f"{scope.kind}{name}" + (f' in "{scope.namespace}"' if scope.namespace else "")
