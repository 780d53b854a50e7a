"""That no secret stands in a command line or in an image, where every user of the machine or of the image can read it."""

from collections.abc import Iterator, Sequence

from homeport.config.findings import Finding, finding
from homeport.kit.masking import Mask
from homeport.kit.secrecy import is_secret_name, is_weak, passwords_in
from homeport.model.containers import BuiltImage, Container, Dockerfile
from homeport.model.graph import Graph
from homeport.model.hiding import Hiding, mask_of
from homeport.model.nodes import EnvFile, Runnable, Secret, Service, Task
from homeport.model.parts import Command, CommandProbe, Exec
from homeport.model.values import Ref, Value

_HINT = "pass it in env=, or the path of a file that holds it (.path)"


def check(graph: Graph, secret: Sequence[Hiding]) -> Iterator[Finding]:
    """Yield every command with a secret in it. ``secret`` are the values that are known by now."""
    known = {(one.node, one.name): one for one in secret}
    mask = mask_of(secret)
    for node in graph.runnables():
        for argument, values in _commands(node):
            shown = next((what for value in values if (what := _secret_in(value, graph, known, mask))), None)
            if shown is not None:
                what = f'{argument}= of "{node.name}" has a secret in it ({shown}), which every user could read'
                yield finding(what, node.at, node.name, argument, hint=_HINT)


def _commands(node: Runnable) -> Iterator[tuple[str, tuple[Value, ...]]]:
    if node.run is not None:
        yield "run", _words(node.run)
    if isinstance(node, Task):
        yield "args", node.args
    if isinstance(node, Service):
        for name, probe in (("ready", node.ready), ("live", node.live)):
            if isinstance(probe, CommandProbe):
                yield name, _words(probe.run)
    if node.container is not None:
        yield from _said_in(node.container)


def _said_in(container: Container) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """Yield the commands of a container, and what its build leaves in the image."""
    if container.run is not None:
        yield "container", _words(container.run)
    for each in container.companions.values():
        if each.run is not None:
            yield "container", _words(each.run)
    beside = [probe for each in container.companions.values() for probe in (each.ready, each.live)]
    for probe in (container.ready, container.live, *beside):
        if isinstance(probe, CommandProbe):
            yield "container", _words(probe.run)
    match container.image:
        case Dockerfile(args=args):
            yield "image", tuple(args.values())
        case BuiltImage(run=run):
            yield "image", _words(run)


def _words(command: Command) -> tuple[Value, ...]:
    return command.argv if isinstance(command, Exec) else (command.text,)


def _secret_in(value: Value, graph: Graph, known: dict[tuple[str, str], Hiding], mask: Mask) -> str | None:
    """Return what of a value is secret, by its name."""
    for part in (value,) if isinstance(value, str) else value.parts:
        if isinstance(part, Ref):
            if _is_secret(graph, part, known):
                return f'"{part.node}"'
        elif any(not is_weak(password) for password in passwords_in(part)):
            return "a password in a URL"
        elif mask.text(part) != part:
            return "the value of one"
    return None


def _is_secret(graph: Graph, ref: Ref, known: dict[tuple[str, str], Hiding]) -> bool:
    kind, _, name = ref.key.partition(":")
    node = graph.nodes.get(ref.node)
    if kind != "value" or node is None:
        return False
    if isinstance(node, EnvFile) and (name in node.secret or is_secret_name(name)):
        return True
    return isinstance(node, Secret) or (ref.node, name or "value") in known
