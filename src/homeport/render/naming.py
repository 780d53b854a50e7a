"""Names and labels of objects: every name is a DNS label, and stays the same as long as the node's."""

import re
from collections.abc import Container
from hashlib import blake2b
from typing import Final

from homeport.model import ownership
from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.render.site import Site

LONGEST: Final = 63
"""Characters of a DNS label."""
DIGEST: Final = "homeport.dev/digest"
VALUES: Final = "homeport.dev/values"
"""The digest of a Secret's values, made with a key."""
NOTICE: Final = "homeport.dev/notice"
LEFT_OUT: Final = "homeport.dev/left-out"
NAME: Final = "app.kubernetes.io/name"
INSTANCE: Final = "app.kubernetes.io/instance"
COMPONENT: Final = "app.kubernetes.io/component"
OWNER: Final = "homeport.dev/owner"
"""The instance, by its identity, whose objects are ours to change."""
NODE: Final = ownership.NODE
"""The node whose object of the user's own it is; its pods have it, too."""
TURN: Final = "homeport.dev/turn"
"""On pods: another value rolls them."""

_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")


def fitted(name: str, suffix: str = "", longest: int = LONGEST) -> str:
    """Return both together; a name that is too long is cut, and marked so that two of them stay two."""
    if len(name) + len(suffix) <= longest:
        return name + suffix
    mark = blake2b(name.encode(), digest_size=3).hexdigest()
    return f"{name[: longest - len(suffix) - 7].rstrip('-')}-{mark}{suffix}"


def beside(name: str, suffix: str, taken: Container[str]) -> str:
    """Return the name of an object beside that of a node, which no node of the stack has."""
    found, number = fitted(name, suffix), 2
    while found in taken:
        found, number = fitted(name, f"{suffix}-{number}"), number + 1
    return found


def labels(graph: Graph, site: Site, name: str | None = None) -> dict[str, str]:
    """Return the labels of an object of a node, or of the whole stack: the standard ones, and the owner where there is one."""
    named = {NAME: name} if name is not None else {}
    return {
        **named,
        **owned(site),
        INSTANCE: site.instance,
        "app.kubernetes.io/part-of": graph.stack,
        "app.kubernetes.io/managed-by": "homeport",
    }


def owned(site: Site) -> dict[str, str]:
    """Return the label that says whose an object is; none where nobody keeps them in order."""
    return {OWNER: site.owner} if site.owner else {}


def selector(site: Site, name: str) -> dict[str, str]:
    """Return the labels by which the pods of a node are found; they never change while it lives."""
    return {NAME: name, INSTANCE: site.instance}


def checked_key(node: str, key: str) -> str:
    """Return a key of a ConfigMap or Secret. Raises RefusedError for one that Kubernetes would not take."""
    if not _KEY.fullmatch(key):
        raise RefusedError(
            f'"{node}" has a value "{key}", which cannot be a key in Kubernetes',
            hint="use letters, digits, dots, dashes and underscores",
        )
    return key
