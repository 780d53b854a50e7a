"""What people mean by a name on the command line: a node, a group, or a glob over both."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests
from homeport.model.nodes import Service, Task


def meant(patterns: Sequence[str], graph: Graph) -> tuple[str, ...]:
    """Return the nodes that names, groups and globs mean, in the order of the file.

    Raises RefusedError for one that means nothing, with a suggestion.
    """
    groups: dict[str, set[str]] = {}
    for node in (*graph.runnables(), *graph.manifests()):
        for group in node.groups:
            groups.setdefault(group, set()).add(node.name)
    found: set[str] = set()
    for pattern in patterns:
        names = _names(pattern, graph, groups)
        if not names:
            raise RefusedError(
                f"nothing in stack {graph.stack!r} is called {pattern!r}", hint=_hint(pattern, graph, groups)
            )
        found |= names
    return tuple(name for name in graph.nodes if name in found)


def _names(pattern: str, graph: Graph, groups: dict[str, set[str]]) -> set[str]:
    if pattern in graph.nodes:
        return {pattern}
    if pattern in groups:
        return groups[pattern]
    if not any(sign in pattern for sign in "*?["):
        return set()
    runnable = {name for name, node in graph.nodes.items() if isinstance(node, Service | Task | Manifests)}
    names = {name for name in runnable if fnmatchcase(name, pattern)}
    return names.union(*(members for group, members in groups.items() if fnmatchcase(group, pattern)))


def _hint(pattern: str, graph: Graph, groups: dict[str, set[str]]) -> str:
    known = [*(node.name for node in (*graph.runnables(), *graph.manifests())), *groups]
    from difflib import get_close_matches  # only wrong names pay for this import

    close = get_close_matches(pattern, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"it has {', '.join(known)}"
