"""The web product in pods: what its team's own check says, with saves made on this machine. On a real cluster."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from person import Person

from homeport.adapters.tools import Found

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def seance(clustered: Callable[..., Iterator[Person]]) -> Iterator[Person]:
    """Give seance, up and ready in pods."""
    yield from clustered(
        "seance",
        f"seance-{os.getpid()}",
        ('stack.valkey("valkey"', 'stack.valkey("valkey", port=PORT'),
        ("port=4444", "port=PORT"),
        ("port=8765", "port=PORT"),
        ("port=5928", "port=PORT"),
        up=("--on", "kubernetes"),
    )


def test_pages_reload_and_sockets_pass_in_pods(seance: Person, needs: Callable[[str], Found]) -> None:
    """A save on this machine is a hot update, or a restart under `tsx watch`, in the pod; the check hears it from here."""
    ports = {node.name: node.ports["main"] for node in seance.frame().nodes if node.ports}
    told = {f"{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in ports.items()}
    folder = Path(needs("node").programs["node"]).parent
    done = subprocess.run(
        [folder / "node", "check.mjs"],
        cwd=seance.folder,
        env={**seance.environ, **told},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
