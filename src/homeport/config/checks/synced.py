"""That the files are there which ``sync()`` keeps the same in containers. What a task may still bring is left to it."""

import os
from collections.abc import Iterator

from homeport.config.checks.machine import waits_for_a_task
from homeport.config.findings import Finding, finding
from homeport.config.look import Seen, images_of
from homeport.kit.suggest import closest
from homeport.model.containers import Sync
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests
from homeport.model.nodes import Service, Task


def check(graph: Graph, seen: Seen) -> Iterator[Finding]:
    """Yield what is to be synced and is not there, each once, whoever shares the image."""
    left = set(seen.missing_synced)
    for node in graph.nodes.values() if left else ():
        if not isinstance(node, Service | Task | Manifests) or waits_for_a_task(graph, node.name):
            continue
        argument = "images" if isinstance(node, Manifests) else "image"
        for rule in (rule for image in images_of(node) for rule in image.update if isinstance(rule, Sync)):
            if rule.local not in left:
                continue
            left.remove(rule.local)
            shown = os.path.relpath(rule.local, graph.root)
            yield finding(f'sync() of "{node.name}" names "{shown}", and nothing is there', node.at, node.name, argument,
                          literal=shown, hint=_hint(shown, seen.names.get(rule.local, ())))  # fmt: skip


def _hint(shown: str, beside: tuple[str, ...]) -> str:
    guess = closest(os.path.basename(shown), beside)
    return f'did you mean "{os.path.join(os.path.dirname(shown), guess)}"?' if guess else f"make it: mkdir -p {shown}"
