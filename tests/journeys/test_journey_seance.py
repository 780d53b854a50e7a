"""The web product: what its team's own check says."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from person import DOWNLOAD, Person


@pytest.fixture(scope="module")
def seance(
    tmp_path_factory: pytest.TempPathFactory,
    settle: Callable[..., Person],
    leaving: Callable[[Person], Iterator[Person]],
    copied: Callable[[str, Path], Path],
    moved: Callable[..., None],
    needs: Callable[[str], object],
) -> Iterator[Person]:
    """Give seance, up and ready."""
    needs("node")
    needs("valkey")
    person = settle(copied("seance", tmp_path_factory.mktemp("seance") / "seance"))
    moved(
        person.folder / "stack.py",
        ('stack.valkey("valkey"', 'stack.valkey("valkey", port=PORT'),
        ("port=4444", "port=PORT"),
        ("port=8765", "port=PORT"),
        ("port=5928", "port=PORT"),
    )
    for _ in leaving(person):
        person.type("up", "-d", limit=DOWNLOAD)
        yield person


def test_pages_reload_and_sockets_pass(seance: Person) -> None:
    """Hot module replacement, the backend's restart on save and the WebSocket proxy work as its team checks them."""
    ports = {node.name: node.ports["main"] for node in seance.frame().nodes if node.ports}
    told = {f"{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in ports.items()}
    done = seance.type(
        "exec", "backend", "--", "env", *(f"{key}={url}" for key, url in told.items()), "node", "check.mjs"
    )
    assert done.code == 0


def test_status_says_what_stands_in(seance: Person) -> None:
    """Where Redis stands in for Valkey, status says so; a Valkey needs no word."""
    note = seance.node("valkey").note
    assert not note or "Redis" in note or "redis" in note
