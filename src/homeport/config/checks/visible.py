"""That no secret stands in a command line, where every user of the machine can read it."""

from collections.abc import Iterator

from homeport.config.findings import Finding, finding
from homeport.kit.secrecy import is_secret_name
from homeport.model.graph import Graph
from homeport.model.nodes import EnvFile, Secret, Service
from homeport.model.parts import Command, CommandProbe, Exec
from homeport.model.values import Ref, refs_of


def check(graph: Graph) -> Iterator[Finding]:
    """Yield every command with a secret in it."""
    for node in graph.runnables():
        commands = [("run", node.run)]
        if isinstance(node, Service):
            probes = (("ready", node.ready), ("live", node.live))
            commands += [(name, probe.run) for name, probe in probes if isinstance(probe, CommandProbe)]
        for argument, command in commands:
            shown = next((ref for ref in _refs(command) if _is_secret(graph, ref)), None)
            if shown is not None:
                what = f'{argument}= of "{node.name}" has a secret in it ("{shown.node}"), which every user could read'
                hint = "pass it in env=, or the path of a file that holds it (.path)"
                yield finding(what, node.at, node.name, argument, hint=hint)


def _refs(command: Command) -> Iterator[Ref]:
    for value in command.argv if isinstance(command, Exec) else (command.text,):
        yield from refs_of(value)


def _is_secret(graph: Graph, ref: Ref) -> bool:
    kind, _, name = ref.key.partition(":")
    node = graph.nodes.get(ref.node)
    if kind != "value" or node is None:
        return False
    return isinstance(node, Secret) or (isinstance(node, EnvFile) and (name in node.secret or is_secret_name(name)))
