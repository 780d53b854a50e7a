"""The labels by which objects of a cluster are known as ours: everything else there is foreign, and never touched."""

from collections.abc import Mapping
from typing import Final

NAME: Final = "app.kubernetes.io/name"
"""The node that an object belongs to."""

NODE: Final = "homeport.dev/node"
"""The node whose object of the user's own it is: such an object may have any name in the label above."""

OWNER: Final = "homeport.dev/owner"
"""The instance, by its random id: another developer's instance of the same name has another one."""


def owned_by(owner: str, name: str | None = None) -> str:
    """Return the selector of everything that an instance owns, or of what belongs to one of its nodes."""
    return f"{OWNER}={owner}" + (f",{NAME}={name}" if name is not None else "")


def node_in(labels: Mapping[str, str]) -> str | None:
    """Return the node that an object belongs to by its labels."""
    return labels.get(NODE) or labels.get(NAME)
