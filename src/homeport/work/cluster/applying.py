"""Bring objects to a cluster: only those that differ from what is there, all at once, and none twice."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.aio.together import together
from homeport.model.errors import RefusedError
from homeport.model.ownership import NAME, NODE, OWNER
from homeport.ports.cluster import Cluster, ClusterError, FieldConflict, Manifest, Scope
from homeport.work.seen.mirror import Mirror, known

MARKS: Final = ("homeport.dev/digest", "homeport.dev/values", "homeport.dev/turn")
"""The annotations that tell whether an object is what it should be."""
WORKLOADS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job"})
REPLACEABLE: Final = frozenset(
    {"Deployment", "Service", "ConfigMap", "Secret", "ServiceAccount", "Job", "DaemonSet", "Pod"}
)
"""Who may be deleted and made anew without losing anything but a moment."""
KEPT: Final = frozenset({"PersistentVolumeClaim", "Namespace", "CustomResourceDefinition", "Event"})
"""What is never removed because it is not rendered: data, and what others may have put something into."""
_MADE: Final = frozenset({"Pod", "ReplicaSet", "ControllerRevision"})
"""What others make for us, unless it is one of the user's own objects."""
PASSING: Final = frozenset({0, 404, 408, 409, 429, 500, 502, 503, 504})
"""Statuses of refusals that may be other ones a moment later (0: no answer; 404: the namespace or the kind is to come)."""
_FIXED: Final = (
    "immutable",
    "may not change once set",
    "updates to statefulset spec",
    "may not be changed",
    "updates may not change",
)
"""How the cluster says that a field cannot change while its object lives."""


async def bring(cluster: Cluster, mirror: Mirror, objects: Sequence[Manifest], *, force: bool = False) -> int:
    """Apply what differs, workloads last, and return how many that were.

    Raises ClusterError for the first that failed, RefusedError for one of whose name somebody else has an object.
    """
    differing = [made for made in objects if differs(made, mirror)]
    unknown = [made for made in differing if _there(made, mirror) is None]
    shared = await together(*(_is_shared(cluster, made) for made in unknown))
    spared = [made for made, is_shared in zip(unknown, shared, strict=True) if is_shared]
    differing = [made for made in differing if made not in spared]
    around = [made for made in differing if made["kind"] not in WORKLOADS]
    await together(*(apply(cluster, made, force=force) for made in around))
    await together(*(apply(cluster, made, force=force) for made in differing if made["kind"] in WORKLOADS))
    return len(differing)


async def apply(cluster: Cluster, made: Manifest, *, force: bool = False) -> Manifest:
    """Apply an object; one of which only a fixed field differs is replaced, where that loses nothing."""
    try:
        return await cluster.apply(made, force=force)
    except FieldConflict:
        raise
    except ClusterError as error:
        if not _is_fixed(error):
            raise
        if made["kind"] not in REPLACEABLE:
            raise _fixed(made, error) from error
    await cluster.delete(scope_of(made))
    try:
        return await cluster.apply(made, force=force)
    except ClusterError as error:
        if not _is_fixed(error):
            raise
        what = f'the earlier {made["kind"]} "{made["metadata"]["name"]}" is still being removed'
        raise ClusterError(what, reason="Conflict", code=409) from error


async def _is_shared(cluster: Cluster, made: Manifest) -> bool:
    """Look at the cluster itself before an object of which the mirror knows nothing: the mirror has only what is ours.

    Return whether somebody else has that very object already: one that cannot change, and is named after what is in it.
    """
    owner = (made["metadata"].get("labels") or {}).get(OWNER)
    there = await cluster.get(scope_of(made)) if owner is not None else None
    if there is None or (found := (there["metadata"].get("labels") or {}).get(OWNER)) == owner:
        return False
    if found and made.get("immutable") and there.get("immutable"):
        return True
    raise RefusedError(
        f'the {made["kind"]} "{made["metadata"]["name"]}" in the namespace "{made["metadata"].get("namespace")}" '
        f"belongs to {'another instance' if found else 'somebody else'}",
        hint="use a namespace of your own with --namespace, or remove it with kubectl if nobody needs it",
    )


def _is_fixed(error: ClusterError) -> bool:
    return error.reason == "Invalid" and any(words in error.what for words in _FIXED)


def _fixed(made: Manifest, error: ClusterError) -> ClusterError:
    """Return the error for a field that can only change with another object, which would cost what this one keeps."""
    kind, name, space = made["kind"], made["metadata"]["name"], made["metadata"].get("namespace")
    return ClusterError(
        f'the {kind} "{name}" cannot be changed in this way while it lives: {error.what}',
        reason=error.reason,
        code=error.code,
        hint=f'undo the change, or remove it: "kubectl delete {kind.lower()} {name}{f" -n {space}" if space else ""}"; '
        "its volumes stay, and it is made anew at once",
    )


def _there(made: Manifest, mirror: Mirror) -> Manifest | None:
    return mirror.get(made["apiVersion"], made["kind"], made["metadata"]["name"])


def differs(made: Manifest, mirror: Mirror) -> bool:
    """Whether the cluster has another object, or none. A forgotten turn is none."""
    there = _there(made, mirror)
    if there is None or there["metadata"].get("deletionTimestamp"):
        return True
    return are_other(made, there)


def are_other(made: Manifest, there: Manifest) -> bool:
    """Whether an object in the cluster is another one than the one that was made."""
    wanted, found = marks(made), marks(there)
    return any(found.get(mark) != value for mark, value in wanted.items())


def lost(mirror: Mirror, name: str, objects: Sequence[Manifest]) -> list[Manifest]:
    """Return the objects of a node that are not rendered any more, except data and what others made."""
    wanted = {known(made) for made in objects}
    return [
        made
        for made in mirror.of({NAME: name})
        if known(made) not in wanted
        and made["kind"] not in KEPT
        and (made["kind"] not in _MADE or NODE in (made["metadata"].get("labels") or {}))
        and not made["metadata"].get("ownerReferences")
        and OWNER in (made["metadata"].get("labels") or {})
    ]


async def remove(cluster: Cluster, objects: Sequence[Manifest]) -> None:
    """Delete these very objects."""
    await together(*(cluster.delete(scope_of(made), uid=made["metadata"].get("uid")) for made in objects))


def scope_of(made: Manifest) -> Scope:
    """Return where an object is."""
    meta = made["metadata"]
    return Scope(made["apiVersion"], made["kind"], meta.get("namespace"), name=meta["name"])


def is_passing(error: ClusterError) -> bool:
    """Whether the cluster may take a moment later what it refused."""
    being_removed = error.code == 403 and "being terminated" in error.what
    # What does not fit its kind is refused with whatever code, and is the same a moment later.
    return (
        not isinstance(error, FieldConflict) and error.reason != "Invalid" and (error.code in PASSING or being_removed)
    )


def advice(error: ClusterError, name: str) -> str:
    """Return the next step after a refusal."""
    if isinstance(error, FieldConflict):
        managers = ", ".join(f'"{manager}"' for manager in dict.fromkeys(manager for manager, _ in error.fields))
        return f"{managers} set the same fields; `homeport restart {name}` takes them over"
    return error.hint or ""


def marks(made: Manifest) -> Mapping[str, str]:
    """Return the marks of an object, and of the pods that it makes."""
    own: dict[str, Any] = dict(made["metadata"].get("annotations") or {})
    template = ((made.get("spec") or {}).get("template") or {}).get("metadata") or {}
    turn = (template.get("annotations") or {}).get("homeport.dev/turn")
    found: dict[str, str] = {mark: str(own[mark]) for mark in MARKS[:2] if mark in own}
    return found | ({MARKS[2]: str(turn)} if turn else {})
