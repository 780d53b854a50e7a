"""The promises of who makes objects for a cluster: the fake's say less, and keep the same laws."""

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from homeport.model.cluster_jobs import Scene
from homeport.model.containers import Container, NamedImage, Sync
from homeport.model.graph import Graph
from homeport.model.nodes import Secret, Service, Source, Task
from homeport.model.ownership import NAME, OWNER
from homeport.model.parts import Exec, Need, Port, Where
from homeport.model.places import Site
from homeport.ports.cluster import Manifest
from homeport.ports.fakes.renderer import FakeRenderer
from homeport.ports.renderer import Identity, Renderer, Values
from homeport.session.rendering import HouseRenderer

AT = Where("stack.py", 1)
WHO = Identity("demo", "owner-1", creates=True)
IMAGE = NamedImage("demo/api:1", (Sync("/repo/src", "/app"),))
NODES = (
    Secret("key", AT, {"value": Source(generate="password")}),
    Service("api", AT, Exec(("api",)), "/repo", ports=(Port("http", 8000),), container=Container(IMAGE)),
    Task("seed", AT, Exec(("seed",)), "/repo", container=Container(NamedImage("demo/api:1"))),
    Service("db", AT, Exec(("db",)), "/repo", ports=(Port("sql", 5432),)),
)
VALUES = Values(secrets={"key": {"value": "a-secret-value"}}, key=b"k" * 32)
DIGEST, TURN = "homeport.dev/digest", "homeport.dev/turn"


@pytest.fixture(params=[HouseRenderer, FakeRenderer])
def renderer(request: pytest.FixtureRequest) -> Renderer:
    """Either keeper of the promise."""
    made: Renderer = request.param()
    return made


def scene(**more: Any) -> Scene:
    """Return a scene with an image for each node that is in the cluster."""
    graph = Graph("demo", "/repo", "/repo/stack.py", {node.name: node for node in NODES})
    return Scene(graph, Site("fake", "demo"), {"api": "demo/api:1", "seed": "demo/api:1"}, **more)


def everything(renderer: Renderer, who: Identity = WHO) -> list[Manifest]:
    """Return all that is ever made for a scene."""
    found = scene()
    services = {"db": {5432: 20000}}
    return [
        *renderer.common(found, who, VALUES),
        *renderer.node(found, who, VALUES, "api", "h1/1"),
        *renderer.node(found, who, VALUES, "seed"),
        *renderer.relay(found, who, "pause:1", services),
    ]


def marks(made: Manifest) -> Mapping[str, str]:
    """Return an object's annotations."""
    return made["metadata"].get("annotations") or {}


def test_every_object_is_known_as_this_instance_s(renderer: Renderer) -> None:
    """By its label, in the one namespace; without it nothing could be removed again."""
    for made in everything(renderer):
        assert made["metadata"]["labels"][OWNER] == "owner-1"
        assert made["metadata"].get("namespace", "demo") == "demo"


def test_a_namespace_is_made_only_by_who_owns_it(renderer: Renderer) -> None:
    """And then before everything else."""
    assert renderer.common(scene(), WHO, VALUES)[0]["kind"] == "Namespace"
    named = replace(WHO, creates=False)
    assert not [made for made in everything(renderer, named) if made["kind"] == "Namespace"]


def test_a_node_s_objects_are_known_by_its_name_and_its_workload_is_last(renderer: Renderer) -> None:
    """A task's is a Job."""
    for name, kind in (("api", "Deployment"), ("seed", "Job")):
        found = renderer.node(scene(), WHO, VALUES, name)
        assert {made["metadata"]["labels"][NAME] for made in found} == {name}
        assert found[-1]["kind"] == kind
        assert marks(found[-1])[DIGEST]


def test_the_same_scene_makes_the_same_objects(renderer: Renderer) -> None:
    """Twice, and to the letter: only what differs is applied."""
    assert everything(renderer) == everything(renderer)


def test_another_image_is_another_digest(renderer: Renderer) -> None:
    """Of that node, and of no other."""
    other = replace(scene(), images={"api": "demo/api:2", "seed": "demo/api:1"})

    def digest(found: Scene, name: str) -> str:
        return marks(renderer.node(found, WHO, VALUES, name)[-1])[DIGEST]

    assert digest(scene(), "api") != digest(other, "api")
    assert digest(scene(), "seed") == digest(other, "seed")


def test_a_turn_is_a_mark_of_pods_and_no_part_of_a_service_s_digest(renderer: Renderer) -> None:
    """So that one that is forgotten rolls nothing."""
    plain, turned = (renderer.node(scene(), WHO, VALUES, "api", turn)[-1] for turn in ("", "h1/1"))
    assert marks(plain)[DIGEST] == marks(turned)[DIGEST]
    assert (turned["spec"]["template"]["metadata"].get("annotations") or {})[TURN] == "h1/1"
    assert TURN not in (plain["spec"]["template"]["metadata"].get("annotations") or {})


def test_the_relay_has_a_service_for_each_name(renderer: Renderer) -> None:
    """All of it is known as the relay's, and another port behind one is another object."""
    one, other = (renderer.relay(scene(), WHO, "pause:1", {"db": {5432: port}}) for port in (20000, 20001))
    assert [made["metadata"]["name"] for made in one if made["kind"] == "Service"] == ["db"]
    assert {made["metadata"]["labels"]["app.kubernetes.io/component"] for made in one} == {"relay"}
    assert marks(one[-1])[DIGEST] != marks(other[-1])[DIGEST]


def test_no_digest_and_no_name_holds_a_secret(renderer: Renderer) -> None:
    """Values are in Secrets alone."""
    found = [made for made in everything(renderer) if made["kind"] != "Secret"]
    assert "a-secret-value" not in str(found)


def test_a_task_waits_until_the_services_that_it_needs_are_reached() -> None:
    """The house's own promise: a Job runs once, and a Service leads nowhere for a moment after its pods are ready."""
    needy = Task("seed", AT, Exec(("seed",)), "/repo", needs=(Need("api"),), container=Container(IMAGE))
    graph = Graph("demo", "/repo", "/repo/stack.py", {node.name: node for node in (*NODES, needy)})
    found = replace(scene(), graph=graph)
    *_, made = HouseRenderer().node(found, WHO, VALUES, "seed")
    (waits,) = made["spec"]["template"]["spec"]["initContainers"]
    assert waits["command"][1:] == ["await", "api:8000"]
    assert made["spec"]["template"]["spec"]["containers"][0]["command"] == ["seed"], "what runs once is led by nobody"
