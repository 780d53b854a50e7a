"""What is secret is told, never its value."""

from pathlib import Path

from homeport.client.client import Client
from homeport.model.view import NodeView
from homeport.server.fakes import served
from homeport.wire.replies import SecretValue


def test_the_house_tells_what_it_hides(tmp_path: Path) -> None:
    """Node, name, reason, and whether it is too weak to be masked: no more."""
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready")) as landlord:
        landlord.house.secret = [
            SecretValue(".env", "TOKEN", "its name says so"),
            SecretValue("pin", "value", "declared", True),
        ]
        assert Client(landlord.path).secrets() == [
            {"node": ".env", "name": "TOKEN", "why": "its name says so"},
            {"node": "pin", "name": "value", "why": "declared", "weak": True},
        ]
