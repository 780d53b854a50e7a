"""What the running house of this stack finds wrong: missing programs, weak secrets, watches that fail."""

from collections.abc import Iterator

from homeport.cli.checks.look import Look
from homeport.cli.screen.findings import Finding
from homeport.client.client import Client


def check(look: Look) -> Iterator[Finding]:
    """Ask the house, if it runs."""
    if look.file is None:
        yield Finding("stack", "ok", "there is no stack file here: only the machine was checked")
        return
    if look.socket is None:
        yield Finding("stack", "ok", f"{look.file} does not run: what it needs is checked when it does")
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
    found = client.secrets()
    for secret in found:
        what = secret["node"] if secret["name"] == "value" else f"{secret['name']} in {secret['node']}"
        if secret.get("weak"):
            said = f"{what} is too short or too common to be masked ({secret['why']})"
            yield Finding("secrets", "warning", said, "use eight or more characters that nobody would guess")
        else:
            yield Finding("secrets", "ok", f"{what} is masked ({secret['why']})")


_VALUES = ("secret", "envfile", "env_file")
