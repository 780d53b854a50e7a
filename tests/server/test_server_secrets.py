"""What is secret is told, never its value."""

from pathlib import Path

from homeport.client.client import Client
from homeport.model.view import NodeView
from homeport.model.wishes import Wishes
from homeport.ports.vault import Hidden
from landlord import served


def test_the_house_tells_what_it_hides(tmp_path: Path) -> None:
    """Node, name, reason, and whether it is too weak to be masked: no more."""
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready")) as landlord:
        landlord.house.secret = [
            Hidden(".env", "TOKEN", "its name says so"),
            Hidden("pin", "value", "declared", True),
        ]
        assert Client(landlord.path).secrets() == [
            {"node": ".env", "name": "TOKEN", "why": "its name says so"},
            {"node": "pin", "name": "value", "why": "declared", "weak": True},
        ]


def test_a_dump_holds_no_secret_option(tmp_path: Path) -> None:
    """A dump is kept and sent around: an option whose name or value is secret is not in it."""
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready")) as landlord:
        landlord.house.feed.wishes = Wishes(
            options={"api-token": "canary-1", "upstream": "http://me:canary-2@host", "level": "debug"}
        )
        told = Client(landlord.path).dump()["wishes"]["options"]
    assert told == {"api-token": "[hidden]", "upstream": "[hidden]", "level": "debug"}


def test_reading_the_wishes_is_no_news(tmp_path: Path) -> None:
    """Who looks changes nothing: no revision is made, so nobody is woken."""
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready")) as landlord:
        client = Client(landlord.path)
        before = client.status().revision
        client.wishes()
        client.dump()
        assert client.status().revision == before
