"""``patch=``: dictionaries, typed objects and functions, and what becomes of them."""

import sys

import pytest

from homeport.config.evaluate import ChildEvaluator
from homeport.model.nodes import Service, Task
from homeport.render import previewing
from homeport.render.render import render
from homeport.render.site import Site

HEAD = 'from homeport import *\n\nstack = Stack("shop")\n'
TYPED = """
class Spec:
    def to_dict(self):
        return {"externalName": "x"}

class Deployment:
    def to_dict(self):
        return {"spec": {"paused": True}}
"""


@pytest.fixture
def stacked(tmp_path):
    """Evaluate a file with an evaluator that knows objects."""

    async def run(text):
        file = tmp_path / "stack.py"
        file.write_text(HEAD + text)
        evaluator = ChildEvaluator({"PATH": "/usr/bin:/bin"}, sys.executable, here=False, patching=lambda: previewing)
        return await evaluator.evaluate(str(file), {})

    return run


def objects(graph, **more):
    """Return the objects of a stack by kind and name."""
    images = {node.name: f"registry/{node.name}:7" for node in graph.runnables()}
    made = render(graph, Site("team", "shop-2", images, **more))
    return {f"{each['kind']}/{each['metadata']['name']}": each for each in made}


def container(graph, name):
    """Return how a node is as a container."""
    node = graph.nodes[name]
    assert isinstance(node, Service | Task)
    assert node.container is not None
    return node.container


async def test_typed_objects_are_taken_as_what_they_say(stacked):
    """An object with ``to_dict`` stands for its fields, alone and inside of others."""
    said = 'patch={"Deployment": Deployment(), "Service/a": {"spec": Spec()}}'
    graph = await stacked(TYPED + f'stack.service("a", image="a:1", port=80, {said})\n')
    assert container(graph, "a").patch == {
        "Deployment": {"spec": {"paused": True}},
        "Service/a": {"spec": {"externalName": "x"}},
    }


async def test_an_object_is_spoken_of_by_its_name(stacked):
    """Of two objects of a kind the first is meant by the kind alone, each by its name."""
    said = '{"Service": {"spec": {"type": "NodePort"}}, "Service/a-pods": {"spec": {"sessionAffinity": "ClientIP"}}}'
    graph = await stacked(f'stack.service("a", image="a:1", port=80, container=container(data="/d"), patch={said})\n')
    made = objects(graph)
    assert made["Service/a"]["spec"]["type"] == "NodePort"
    assert made["Service/a-pods"]["spec"]["sessionAffinity"] == "ClientIP"
    assert "type" not in made["Service/a-pods"]["spec"]


async def test_a_function_changes_the_object_that_it_gets(stacked):
    """What a function changes in place is in the rendered object, and values of the place stay those of the place."""
    graph = await stacked(
        "def change(made):\n"
        "    pod = made['spec']['template']['spec']\n"
        "    pod['containers'][0]['env'] = [{'name': 'A', 'value': '1'}]\n"
        "    pod['containers'].append({'name': 'twin', 'image': pod['containers'][0]['image'] + '-debug'})\n"
        "    del pod['enableServiceLinks']\n"
        'stack.service("a", image="a:1", patch={"Deployment": change})\n'
    )
    spec = objects(graph)["Deployment/a"]["spec"]["template"]["spec"]
    assert [(each["name"], each["image"]) for each in spec["containers"]] == [
        ("a", "registry/a:7"),
        ("twin", "registry/a:7-debug"),
    ]
    assert spec["containers"][0]["env"] == [{"name": "A", "value": "1"}]
    assert "enableServiceLinks" not in spec


async def test_a_function_for_all_gets_every_object(stacked):
    """A function alone is called with each object, one with an address after it, and a returned object counts."""
    graph = await stacked(
        "def mark(made):\n"
        "    own = made['metadata']\n"
        "    return {**made, 'metadata': {**own, 'annotations': {'by': own['namespace']}}}\n"
        'stack.service("a", image="a:1", port=80, patch=mark)\n'
    )
    made = objects(graph, creates=False)
    assert {each["metadata"]["annotations"]["by"] for each in made.values()} == {"team"}
    assert len(made) == 4


async def test_what_functions_did_is_data(stacked):
    """After the evaluation there are no functions any more: the same file gives the same graph."""
    text = 'stack.task("a", image="a:1", patch={"Job": lambda made: made["spec"].update(backoffLimit=0)})\n'
    graph = await stacked(text)
    assert container(graph, "a").functions == ()
    assert container(graph, "a").changes == {"Job": {"spec": {"backoffLimit": 0}}}
    assert await stacked(text) == graph


async def test_a_file_without_functions_is_evaluated_once(stacked, tmp_path):
    """Only functions need a second evaluation."""
    count = tmp_path / "count"
    text = f'open("{count}", "a").write("x")\nstack.service("a", image="a:1", patch={{}})\n'
    await stacked(text)
    assert count.read_text() == "x"
    await stacked(text + 'stack.service("b", image="a:1", patch=lambda made: None)\n')
    assert count.read_text() == "xxx"
