"""Mistakes before their place was looked up in the source."""

from typing import Any

from msgspec import Struct

from homeport.model.nodes import Node
from homeport.model.parts import Where
from homeport.model.places import Placed, Site


class Finding(Struct, frozen=True, omit_defaults=True):
    """One mistake: what is wrong, what to do next, and which expression it is about.

    ``span``: first and last line, first and end column (UTF-8 bytes) of the expression that was evaluated. Without it the
    call at ``line`` that declares ``node`` is meant. ``argument`` (with a final ``=``: only its name) and ``literal`` narrow it.
    """

    what: str
    hint: str | None = None
    file: str | None = None
    line: int | None = None
    span: tuple[int, int, int, int] | None = None
    node: str | None = None
    argument: str | None = None
    literal: str | None = None


def finding(
    what: str, at: Where, node: str, argument: str | None = None, *, literal: str | None = None, hint: str | None = None
) -> Finding:
    """Return a mistake in the declaration of a node."""
    return Finding(what, hint, at.file, at.line, node=node, argument=argument, literal=literal)


class Declared(Struct, frozen=True):
    """What the child tells of a file. ``failed``: an exception ended it, so the nodes are not all. ``at``: where the stack is.

    ``unwatched``: why nobody could watch over it, so that it was not evaluated at all; empty else. ``on`` and ``site``: what
    the stack says about where it runs. ``patched``: the objects that it was given by node, as its functions left them.
    """

    mistakes: tuple[Finding, ...]
    failed: bool
    stack: str | None = None
    at: Where | None = None
    nodes: tuple[Node, ...] = ()
    sources: tuple[str, ...] = ()
    unwatched: str = ""
    on: Placed = ""
    site: Site = Site()
    patched: dict[str, list[dict[str, Any]]] = {}
