"""The words for where things run: what each becomes in the graph."""

import pytest

from homeport.model.containers import Container, NamedImage
from homeport.model.nodes import Service, Task
from homeport.model.parts import Need
from homeport.model.places import Site

HEAD = "from homeport import *\n\n"


async def stack(evaluate, said, *lines):
    """Return the graph of a stack with these arguments and lines."""
    declared = f'stack = Stack("shop"{said})\n'
    return await evaluate(HEAD + declared + "\n".join(lines or ('stack.service("a", image="a:1")',)) + "\n")


def on(graph, name):
    """Return where the file wants something."""
    node = graph.nodes[name]
    assert isinstance(node, Service | Task)
    return node.on


async def test_nothing_is_said_by_itself(evaluate):
    """A file that says no place says none."""
    graph = await stack(evaluate, "")
    assert (graph.on, graph.site, on(graph, "a")) == ("", Site(), "")


@pytest.mark.parametrize("place", ["here", "docker", "kubernetes"])
async def test_a_place_is_a_word_or_its_name(evaluate, place):
    """The stack, services and tasks take each place as a word and as text."""
    lines = [f'stack.service("a", image="a:1", on={place})', f'stack.task("b", image="a:1", on="{place}")']
    graph = await stack(evaluate, f", on={place}", *lines)
    assert [graph.on, on(graph, "a"), on(graph, "b")] == [place] * 3


async def test_the_cluster_is_named_once(evaluate):
    """kubernetes(…) is a place and says which cluster, where in it, and where images are pushed to."""
    said = ', on=kubernetes(context="kind-dev", namespace="team", registry="localhost:5005/shop")'
    graph = await stack(evaluate, said)
    assert (graph.on, graph.site) == ("kubernetes", Site("kind-dev", "team", "localhost:5005/shop"))


async def test_a_groups_place_is_for_those_that_can(evaluate):
    """Members take a group's place unless they say another; those without an image stay where they can be."""
    graph = await stack(
        evaluate,
        "",
        'group = stack.group("g", on=kubernetes)',
        'group.service("a", image="a:1")',
        'group.task("b", image="a:1", on=docker)',
        'group.service("c", run="c")',
        'group.build("d", run="d")',
    )
    assert [on(graph, name) for name in "abcd"] == ["kubernetes", "docker", "", ""]


async def test_a_component_has_a_place(evaluate):
    """Databases may live in one place and code in another."""
    graph = await stack(evaluate, "", 'stack.postgres("db", on=docker)', 'stack.rabbitmq("mq", on="kubernetes")',
                        'stack.redis("r", on=here)', 'stack.valkey("v", on=docker)')  # fmt: skip
    assert [on(graph, name) for name in ("db", "mq", "r", "v")] == ["docker", "kubernetes", "here", "docker"]


async def test_a_container_may_need_more(evaluate):
    """What only the container waits for stands beside what the program waits for."""
    graph = await stack(
        evaluate,
        "",
        'packages = stack.task("packages", run="npm ci")',
        'stack.service("a", image="a:1", needs=[], container=container(needs=[completed(packages)]))',
    )
    node = graph.nodes["a"]
    assert isinstance(node, Service)
    assert node.needs == ()
    assert node.container == Container(NamedImage("a:1"), needs=(Need("packages", "completed"),))
