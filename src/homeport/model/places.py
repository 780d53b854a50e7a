"""Where services and tasks run, and which cluster is meant."""

from typing import Final, Literal

from msgspec import Struct

Place = Literal["here", "docker", "kubernetes"]
"""``here``: a process of this machine. ``docker``: a container beside the processes. ``kubernetes``: pods of a cluster."""

PLACES: Final[tuple[Place, ...]] = ("here", "docker", "kubernetes")

Placed = Place | Literal[""]
"""A place, or nothing said: then what is said about everything counts."""


class Site(Struct, frozen=True, omit_defaults=True):
    """Which cluster is meant, and where in it.

    ``context``: None for the current one when a house begins. ``namespace``: None for one of the instance's own name, which is
    made. ``registry``: where images are pushed to; None for the one that the cluster announces.
    """

    context: str | None = None
    namespace: str | None = None
    registry: str | None = None
