"""What people may wish about places."""

import pytest

from homeport.model.containers import Container, NamedImage
from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.nodes import Service
from homeport.model.parts import Where
from homeport.model.placing import changed, placed, staying

AT = Where("stack.py", 1)
IMAGE = Container(NamedImage("api:1"))
API = Service("api", AT, run=("api",), cwd="/", groups=("app",), container=IMAGE)
PAGE = Service("page", AT, run=("page",), cwd="/", groups=("app",))
GRAPH = Graph("shop", "/", "/stack.py", {"api": API, "page": PAGE})


def test_a_group_means_those_of_it_that_can_go_there() -> None:
    """Who has no image stays; the empty name is everything else."""
    assert placed({"app": "kubernetes", "": "docker"}, GRAPH) == {"api": "kubernetes", "": "docker"}
    assert placed({"app": "here"}, GRAPH) == {"api": "here", "page": "here"}


def test_a_service_without_an_image_cannot_be_sent_away() -> None:
    """Naming it is an error with a next step; so is a name that nobody has."""
    with pytest.raises(RefusedError) as refused:
        placed({"page": "kubernetes"}, GRAPH)
    assert refused.value.what == '"page" has no image, so it can only run on this machine'
    assert "--on page=kubernetes" in str(refused.value.hint)
    with pytest.raises(RefusedError, match="'pgae'"):
        placed({"pgae": "here"}, GRAPH)


def test_a_place_for_everything_is_for_everything() -> None:
    """It takes back what was wished about single nodes before, but not what is wished at the same time."""
    assert changed({"": "docker", "api": "here"}, {"page": "docker"}) == {"": "docker", "api": "here", "page": "docker"}
    assert changed({"": "docker", "api": "here"}, {"": "kubernetes", "db": "here"}) == {"": "kubernetes", "db": "here"}


def test_who_stays_is_known() -> None:
    """Services without an image, while everything is wished elsewhere and nobody said otherwise about them."""
    assert staying({"": "kubernetes"}, GRAPH) == ("page",)
    assert staying({"": "kubernetes", "page": "here"}, GRAPH) == ()
    assert staying({"api": "kubernetes"}, GRAPH) == ()
    assert staying({}, GRAPH) == ()
