"""What is secret is told, never its value."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.client import Client
from homeport.model.errors import RefusedError
from homeport.model.view import Frame, NodeView
from homeport.model.wishes import Wishes
from homeport.ports.vault import Hidden
from homeport.server.discreet import discreet
from homeport.wire import replies
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


def test_nothing_leaves_the_house_unmasked(tmp_path: Path) -> None:
    """Details, causes, errors, names of keys: every text of every message is masked, however JSON writes it."""
    secret = 'canary"/3\\x'
    node = NodeView("api", "service", "failed", detail=f"cannot use {secret}", links={secret: f"http://h/?{secret}"})
    with served(str(tmp_path / "run" / "s"), node) as landlord:
        landlord.house.masked = frozenset({secret})
        (told,) = Client(landlord.path).status().nodes
        with pytest.raises(RefusedError) as refused:
            Client(landlord.path).why(secret)
    assert (told.detail, told.links) == ("cannot use [secret]", {"[secret]": "http://h/?[secret]"})
    assert "canary" not in str(refused.value)


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.text('"\\\n\t\b\0\x1bnu0é', max_size=6))
def test_no_escape_hides_a_secret(around: str, inside: str) -> None:
    """Whatever a secret and the text around it consist of, no text of a message holds it."""
    secret = f"§{inside}§"
    node = NodeView("api", "service", "ready", detail=around + secret + around)
    told = discreet(
        replies.FrameReply(Frame(1, "shop", "shop", (node,))), lambda text: text.replace(secret, "[secret]")
    )
    [found] = msgspec.json.decode(told)["frame"]["nodes"]
    assert found["detail"] == node.detail.replace(secret, "[secret]")


def test_options_are_told_without_their_secrets(tmp_path: Path) -> None:
    """Who reads the wishes does not read what a secret option has for a value."""
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready")) as landlord:
        landlord.house.feed.wishes = Wishes(options={"api-token": "canary-1", "level": "debug"})
        assert Client(landlord.path).wishes()["options"] == {"api-token": "[hidden]", "level": "debug"}


def test_a_secret_is_no_argument(tmp_path: Path) -> None:
    """Everybody can read the arguments of a program, so a secret among them is refused, without being quoted."""
    with served(str(tmp_path / "run" / "s"), NodeView("seed", "task", "completed")) as landlord:
        landlord.house.masked = frozenset({"canary-1"})
        with pytest.raises(RefusedError, match="every user could read"):
            Client(landlord.path).wish("trigger", names=["seed"], args=["--key=canary-1"])


def test_an_option_must_say_that_it_is_secret(tmp_path: Path) -> None:
    """The value of an option whose name is innocent is remembered in plain text, so a secret is refused there."""
    with served(str(tmp_path / "run" / "s"), NodeView("seed", "task", "completed")) as landlord:
        landlord.house.masked = frozenset({"canary-1"})
        with pytest.raises(RefusedError, match="the name does not say so"):
            Client(landlord.path).wish("options", values={"upstream": "canary-1"})
        Client(landlord.path).wish("options", values={"upstream-token": "canary-1"})
