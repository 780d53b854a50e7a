"""What the running house of this stack finds wrong: missing programs, weak secrets, watches that fail.

Without a house the stack file is read, for what would be treated as secret.
"""

from collections.abc import Iterator

from homeport.cli.call import Call
from homeport.cli.checks.look import Look
from homeport.cli.screen.findings import Finding
from homeport.client.client import Client
from homeport.model.graph import Graph


def check(look: Look) -> Iterator[Finding]:
    """Ask the house, if it runs."""
    if look.file is None:
        yield Finding("stack", "ok", "there is no stack file here: only the machine was checked")
        return
    if look.socket is None:
        yield Finding("stack", "ok", f"{look.file} does not run: what it needs is checked when it does")
        yield from _of_the_file(look.call)
        return
    try:
        frame = Client(look.socket, timeout=5.0).status()
    except OSError as error:
        yield Finding(
            "stack",
            "failed",
            f"the house does not answer: {error}",
            "`homeport ps` names its process: kill -9 ends it, and all that it started",
        )
        return
    yield Finding("stack", "ok", f"{frame.instance} runs, process {frame.pid}")
    if frame.file_error:
        yield Finding("stack", "failed", frame.file_error, f"mend {frame.file}")
    for node in frame.nodes:
        if node.state == "failed":
            yield Finding(node.name, "failed", node.detail or "it failed", f"homeport why {node.name}")
        if node.note:
            yield Finding(node.name, "warning" if node.type in _VALUES else "ok", node.note)
    yield from _secrets(Client(look.socket, timeout=5.0))
    for notice in frame.notices:
        yield Finding("stack", "warning", notice)


def _secrets(client: Client) -> Iterator[Finding]:
    """List what is hidden, and what is too weak to be."""
    for secret in client.secrets():
        yield _secret(secret["node"], secret["name"], secret["why"], is_weak=bool(secret.get("weak")))


def _of_the_file(call: Call) -> Iterator[Finding]:
    """List what would be hidden, by the file or, while it is broken, by what it said when it last was sound."""
    from homeport.cli.declared import graph_of, last_good_of
    from homeport.cli.remembering import known_options
    from homeport.config.hiding import hidden_by
    from homeport.config.show import show
    from homeport.kit.secrecy import is_weak
    from homeport.model.errors import ConfigError
    from homeport.model.nodes import Secret

    options = known_options(call)
    graph: Graph | None
    try:
        graph = graph_of(call, options)
    except ConfigError as error:
        yield Finding("stack", "failed", show(error.mistakes), "mend it")
        graph = last_good_of(call)
    if graph is None:
        return
    found = {(one.node, one.name): one for one in hidden_by(graph.nodes.values(), graph.root, options, call.environ)}
    for one in found.values():
        yield _secret(one.node, one.name, one.why, is_weak=is_weak(one.value))
    for node in graph.nodes.values():
        for name in node.entries if isinstance(node, Secret) else ():
            if (node.name, name) not in found:  # made when it is needed first, and never weak
                yield _secret(node.name, name, "declared", is_weak=False)


def _secret(node: str, name: str, why: str, *, is_weak: bool) -> Finding:
    what = node if name == "value" else f"{name} in {node}"
    if not is_weak:
        return Finding("secrets", "ok", f"{what} is masked ({why})")
    said = f"{what} is too short or too common to be masked ({why})"
    return Finding("secrets", "warning", said, "use eight or more characters that nobody would guess")


_VALUES = ("secret", "envfile")
