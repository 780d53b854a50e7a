"""The flags that say where everything runs."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from homeport.cli import exits
from homeport.cli.placing import Placing, places, refuse_other
from homeport.model.errors import RefusedError
from landlord import Landlord

Homeport = Callable[..., "subprocess.CompletedProcess[str]"]


def test_places_are_for_everything_or_for_a_name() -> None:
    """A place alone is everything's; the last word about a name counts."""
    found = places(["kubernetes", "gateway=here", "db=docker", "gateway=docker"])
    assert found == {"": "kubernetes", "gateway": "docker", "db": "docker"}


@pytest.mark.parametrize("word", ["gateway", "gateway=", "=here", "gateway=moon", ""])
def test_a_word_that_names_no_place_is_refused(word: str) -> None:
    """The refusal lists the places."""
    with pytest.raises(RefusedError) as refused:
        places([word])
    assert "here, docker, kubernetes" in str(refused.value.hint)


def test_a_place_that_is_misspelt_is_guessed() -> None:
    """The next step is the whole flag, ready to be typed."""
    with pytest.raises(RefusedError) as refused:
        places(["gateway=kubernets"])
    assert refused.value.hint == "did you mean --on gateway=kubernetes?"


def test_what_was_asked_goes_on_to_the_process_behind() -> None:
    """`up -d` starts its house with the same words."""
    placing = Placing(("kubernetes", "a=here"), "testbed", True, "shop", "localhost:5005")
    words = ["--on=kubernetes", "--on=a=here", "--context=testbed", "--namespace=shop", "--registry=localhost:5005"]
    assert placing.words() == [*words, "--allow-context"]
    assert Placing().words() == []


def test_a_running_house_keeps_its_cluster() -> None:
    """Asking for the same one again is no matter; asking for another one is refused with what to do."""
    refuse_other(Placing(context="testbed"), {"context": "testbed"}, "shop")
    with pytest.raises(RefusedError, match='the context "testbed"'):
        refuse_other(Placing(context="prod"), {"context": "testbed"}, "shop")
    with pytest.raises(RefusedError, match="the namespace that it found"):
        refuse_other(Placing(namespace="x"), {}, "shop")


@pytest.mark.parametrize("command", ["up", "ci"])
def test_a_wrong_place_is_one_clear_error(homeport: Homeport, command: str, tmp_path: Path) -> None:
    """Nothing starts, and the error has a next step."""
    (tmp_path / "stack.py").write_text("from homeport import Stack\nStack('s')\n")
    told = homeport(command, "--on", "moon")
    assert (told.returncode, told.stdout) == (exits.REFUSED, "")
    assert told.stderr.startswith('error: --on "moon" names no place')


REGISTRIES = {
    "": "localhost:5005",
    "a b": "localhost:5005",
    "https://ghcr.io/team/": "--registry ghcr.io/team",
    "localhost:port": "localhost:5005",
    "ghcr.io/Team": "lower-case",
}


@pytest.mark.parametrize("command", ["up", "ci", "render"])
@pytest.mark.parametrize("registry", REGISTRIES)
def test_what_is_no_registry_is_refused_at_once(homeport: Homeport, command: str, registry: str) -> None:
    """Nothing is read, built or started, and the error says how registries are named."""
    told = homeport(command, "--registry", registry)
    assert (told.returncode, told.stdout) == (exits.REFUSED, "")
    assert told.stderr.startswith(f'error: --registry "{registry}" ')
    assert REGISTRIES[registry] in told.stderr.splitlines()[1]


def test_a_house_takes_the_wish_for_another_place(landlord: Landlord) -> None:
    """Names are known to the house, the empty one means everything; an unknown one is refused."""
    from homeport.client.client import Client

    client = Client(landlord.path)
    assert client.wish("place", places={"api": "kubernetes", "": "docker"}) == ("api",)
    assert landlord.do(lambda house: house.feed.wishes.places) == {"api": "kubernetes", "": "docker"}
    with pytest.raises(RefusedError, match="nope"):
        client.wish("place", places={"nope": "here"})
