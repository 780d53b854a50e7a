"""What the names in a request mean."""

from collections.abc import Sequence

from homeport.model.errors import RefusedError
from homeport.ports.doors import Doors


def chosen(doors: Doors, names: Sequence[str]) -> tuple[str, ...] | None:
    """Return the nodes that names, groups and globs mean; None for all when there are none."""
    return doors.feed.names(names) if names else None


def single(doors: Doors, name: str) -> str:
    """Return the one node that a name means. Raises RefusedError when it means several."""
    found = doors.feed.names([name])
    if len(found) != 1:
        raise RefusedError(f'"{name}" means {len(found)} nodes: {", ".join(found)}', hint="name one of them")
    return found[0]
