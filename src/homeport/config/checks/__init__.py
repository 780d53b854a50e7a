"""What a graph must keep: one file per concern, each pure, each telling every independent mistake."""

from collections.abc import Mapping, Sequence

from homeport.config.checks import companions, cycles, machine, names, options, ports, probes, synced, targets, visible
from homeport.config.findings import Finding
from homeport.config.look import Seen
from homeport.model.graph import Graph
from homeport.model.hiding import Hiding
from homeport.model.parts import Where


def check(
    graph: Graph, at: Where, seen: Seen | None, given: Mapping[str, str], secret: Sequence[Hiding]
) -> list[Finding]:
    """Return every mistake of a graph, in the order of its file.

    ``at`` is where the stack itself is declared, ``seen`` what the machine has (None:
    nothing is to run on it), ``given`` the options on the command line,
    ``secret`` the secret values that are known by now.
    """
    found = [
        *names.check(graph, at),
        *targets.check(graph),
        *cycles.check(graph),
        *companions.check(graph),
        *ports.check(graph),
        *probes.check(graph),
        *visible.check(graph, secret),
        *([*machine.check(graph, seen), *synced.check(graph, seen)] if seen is not None else ()),
        *options.check(graph, given),
    ]
    return sorted(found, key=lambda each: (each.file is None, each.file or "", each.line or 0))
