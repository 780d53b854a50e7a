"""What people type to mean one place to go inside: ``api``, ``api.2``, ``api/POD``."""

from collections.abc import Sequence

from msgspec import Struct

from homeport.model.errors import RefusedError
from homeport.model.whereabouts import PodAt


class Meant(Struct, frozen=True):
    """A service or task, and which of its replicas (from 1) or pods, if that was said."""

    name: str
    replica: int | None = None
    pod: str | None = None


def meant(word: str) -> Meant:
    """Return what a word means."""
    name, slash, pod = word.partition("/")
    if slash:
        return Meant(name, pod=pod)
    stem, _, replica = word.rpartition(".")
    return Meant(stem, int(replica)) if stem and replica.isdecimal() and int(replica) else Meant(word)


def chosen(wanted: Meant, pods: Sequence[PodAt]) -> PodAt:
    """Return the pod that is meant: by its name or number, else the first that is ready. Raises RefusedError."""
    if not pods:
        raise RefusedError(f'"{wanted.name}" has no pods', hint=f"`homeport why {wanted.name}` says what it waits for")
    if wanted.pod is not None:
        found = [each for each in pods if each.name == wanted.pod] or [
            each for each in pods if each.name.endswith(f"-{wanted.pod}")
        ]
        if len(found) != 1:
            listed = ", ".join(each.name for each in pods)
            raise RefusedError(f'"{wanted.name}" has no pod "{wanted.pod}"', hint=f"it has {listed}")
        return found[0]
    if wanted.replica is not None:
        if wanted.replica > len(pods):
            raise RefusedError(
                f'"{wanted.name}" has no replica {wanted.replica}', hint=f"it has {len(pods)}, counted from 1"
            )
        return pods[wanted.replica - 1]
    return next((each for each in pods if each.ready), pods[0])
